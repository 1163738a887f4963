# holdfast_room(NAME [DIR path] DEPENDS room... [LIBRARIES target...])
#   A room of src/: every *.cc beside its CMakeLists.txt (and in SUBDIRS) becomes library holdfast_NAME, every
#   *_test.cc becomes test binary NAME_test. DEPENDS names the rooms it may include; LIBRARIES the
#   third-party targets that stay behind it.
#
# holdfast_test(NAME SOURCES file... DEPENDS target... [LABELS label...] [TIMEOUT s])
#   A test binary of its own; each of its tests is one ctest entry.
include(GoogleTest)

function(holdfast_room name)
  cmake_parse_arguments(ROOM "" "" "DEPENDS;LIBRARIES;SUBDIRS;TEST_DEPENDS" ${ARGN})
  set(patterns *.cc *.h)
  set(test_patterns *_test.cc)
  foreach(sub ${ROOM_SUBDIRS})
    list(APPEND patterns ${sub}/*.cc ${sub}/*.h)
    list(APPEND test_patterns ${sub}/*_test.cc)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  file(GLOB tests CONFIGURE_DEPENDS ${test_patterns})
  list(REMOVE_ITEM sources ${tests} "")
  set(units ${sources})
  list(FILTER units INCLUDE REGEX "\\.cc$")
  list(TRANSFORM ROOM_DEPENDS PREPEND holdfast_ OUTPUT_VARIABLE depends)
  if(units)
    add_library(holdfast_${name} STATIC ${sources})
    target_include_directories(holdfast_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(holdfast_${name} PUBLIC ${depends} ${ROOM_LIBRARIES})
  else()
    add_library(holdfast_${name} INTERFACE)
    target_include_directories(holdfast_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(holdfast_${name} INTERFACE ${depends} ${ROOM_LIBRARIES})
  endif()
  if(HOLDFAST_TESTS AND tests)
    list(TRANSFORM ROOM_TEST_DEPENDS PREPEND holdfast_ OUTPUT_VARIABLE test_depends)
    holdfast_test(${name}_test SOURCES ${tests} DEPENDS holdfast_${name} ${test_depends}
                  LABELS unit)
  endif()
endfunction()

function(holdfast_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 300)
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${TEST_DEPENDS} GTest::gmock GTest::gtest_main rapidcheck
                                        rapidcheck_gtest)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT ${TEST_TIMEOUT})
endfunction()
