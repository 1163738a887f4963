# holdfast_npm(NAME source-folder): installs what source-folder/package-lock.json names, once for all presets, and
# sets NAME_MODULES (the folder of modules) and NAME_STAMP (a file that is newer than the lock afterwards).
# Nothing is run that a package brings, and the source folder stays as it is.
find_program(HOLDFAST_NODE node)
find_program(HOLDFAST_NPM npm)
if(NOT HOLDFAST_NODE OR NOT HOLDFAST_NPM)
  message(FATAL_ERROR "node (18 or newer) and npm make the dashboard: ./dev setup installs them")
endif()
set(HOLDFAST_NPM_DIR ${CMAKE_BINARY_DIR}/npm CACHE PATH "Where npm's packages are installed")

function(holdfast_npm name source)
  string(REPLACE ${CMAKE_SOURCE_DIR}/ "" place ${source})
  set(target ${HOLDFAST_NPM_DIR}/${place})
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${name}.npm)
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${CMAKE_SOURCE_DIR}/tools/npm-ci ${source} ${target}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${source}/package.json ${source}/package-lock.json ${source}/.npmrc
            ${CMAKE_SOURCE_DIR}/tools/npm-ci
    COMMENT "npm: what ${place} needs"
    VERBATIM)
  set(${name}_MODULES ${target}/node_modules PARENT_SCOPE)
  set(${name}_STAMP ${stamp} PARENT_SCOPE)
endfunction()
