# What is installed, and the Debian package made of it: `./dev package`.
install(TARGETS holdfast RUNTIME DESTINATION bin)
install(FILES packaging/holdfast.service DESTINATION lib/systemd/system)
install(FILES packaging/holdfast.toml DESTINATION /etc/holdfast)
install(FILES packaging/deb/copyright README.md SECURITY.md DESTINATION share/doc/holdfast)
install(FILES packaging/holdfast.toml DESTINATION share/doc/holdfast/examples)
install(DIRECTORY docs/ DESTINATION share/doc/holdfast)
# where Debian looks for it, and compressed as it wants it
set(changelog ${CMAKE_BINARY_DIR}/package/changelog.gz)
add_custom_command(OUTPUT ${changelog} DEPENDS ${CMAKE_SOURCE_DIR}/CHANGELOG.md
                   COMMAND gzip -9 -n -c ${CMAKE_SOURCE_DIR}/CHANGELOG.md > ${changelog})
add_custom_target(changelog ALL DEPENDS ${changelog})
install(FILES ${changelog} DESTINATION share/doc/holdfast)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME holdfast)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "the Holdfast authors <holdfast@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "omnichannel inventory ledger")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "The central record of stock that web shop, marketplaces, tills and warehouses sell from.\nEvery sale, receipt, reservation and cancellation is an immutable event, no unit is\npromised twice, and every channel hears of a change at once.")
set(CPACK_SET_DESTDIR ON)  # for /etc
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/packaging/deb/conffiles ${CMAKE_SOURCE_DIR}/packaging/deb/postinst
    ${CMAKE_SOURCE_DIR}/packaging/deb/prerm ${CMAKE_SOURCE_DIR}/packaging/deb/postrm)
include(CPack)
