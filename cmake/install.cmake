# SPDX-License-Identifier: Apache-2.0
# cmake --install BUILD: the program, examples to copy, documentation, systemd unit. Nothing is put into /etc, so that
# an upgrade never touches a configuration. See docs/operations.md.
include(GNUInstallDirs)
install(TARGETS minsheng RUNTIME)
install(FILES config/minsheng.toml config/units.json config/catalogue.json config/limits.json config/forms.json config/letter.txt
        DESTINATION ${CMAKE_INSTALL_DATADIR}/minsheng/config)
install(DIRECTORY config/calendar DESTINATION ${CMAKE_INSTALL_DATADIR}/minsheng/config)
install(DIRECTORY rules DESTINATION ${CMAKE_INSTALL_DATADIR}/minsheng)
install(FILES docker/nginx.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/minsheng)
install(FILES README.md README.zh-CN.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(FILES config/minsheng.service DESTINATION lib/systemd/system)
