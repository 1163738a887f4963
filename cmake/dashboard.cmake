# web/ bundled by esbuild into one source file with every byte the dashboard needs: HOLDFAST_DASHBOARD_FILES.
include(npm)
holdfast_npm(web ${CMAKE_SOURCE_DIR}/web)
file(GLOB web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/*)
set(HOLDFAST_DASHBOARD_FILES ${CMAKE_CURRENT_BINARY_DIR}/dashboard_files.cc)
add_custom_command(
  OUTPUT ${HOLDFAST_DASHBOARD_FILES}
  COMMAND ${HOLDFAST_NODE} ${CMAKE_SOURCE_DIR}/web/build.mjs ${web_MODULES} ${HOLDFAST_DASHBOARD_FILES}
  DEPENDS ${web_sources} ${CMAKE_SOURCE_DIR}/web/build.mjs ${web_STAMP}
  COMMENT "dashboard: bundling web/"
  VERBATIM)
