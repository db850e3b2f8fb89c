# `cmake --install` and the exported package: find_package(assay) gives assay::base and assay::program, the two libraries whose
# public headers need nothing but fmt, nlohmann-json and tl::expected. The command and its engine module are installed beside them.
#
# Built and installed binaries find libz3 and libtorch where setup put them (the virtual environment, or ASSAY_TORCH), and the engine
# module at ../lib from bin/. A libz3 that is copied into the installed lib/ wins.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_filename_component(_z3_folder ${Z3_LIBRARY} DIRECTORY)
get_filename_component(_torch_folder ${TORCH_CPU_LIBRARY} DIRECTORY)
set_target_properties(assay PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${_z3_folder}")
install(TARGETS assay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

get_target_property(_engine_type assay_engine TYPE)
if(_engine_type STREQUAL "SHARED_LIBRARY" OR _engine_type STREQUAL "MODULE_LIBRARY")
  set_target_properties(assay_engine PROPERTIES INSTALL_RPATH "$ORIGIN;${_torch_folder}")
  # The command opens ../lib/libassay_engine.so, whatever the distribution calls its library folder.
  install(TARGETS assay_engine LIBRARY DESTINATION lib)
endif()
if(TARGET assay_solve)
  set_target_properties(assay_solve PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${_z3_folder}")
  install(TARGETS assay_solve RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

if(TARGET assay_lower)
  install(TARGETS assay_lower RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# ---- the package ------------------------------------------------------------------------------------------------------
set(_exported assay_base assay_program assay_header_libraries)
foreach(_library base program header_libraries)
  set_target_properties(assay_${_library} PROPERTIES EXPORT_NAME ${_library})
  target_include_directories(assay_${_library} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/assay>)
endforeach()
install(TARGETS ${_exported} EXPORT assayTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY base DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/assay FILES_MATCHING PATTERN "*.h")
install(DIRECTORY frontend/program DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/assay/frontend FILES_MATCHING PATTERN "*.h")

set(_package ${CMAKE_INSTALL_LIBDIR}/cmake/assay)
install(EXPORT assayTargets NAMESPACE assay:: DESTINATION ${_package})
configure_package_config_file(cmake/assayConfig.cmake.in ${CMAKE_BINARY_DIR}/assayConfig.cmake INSTALL_DESTINATION ${_package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/assayConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/assayConfig.cmake ${CMAKE_BINARY_DIR}/assayConfigVersion.cmake DESTINATION ${_package})
