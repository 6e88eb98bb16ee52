# libjalon: base and sign, nothing else of the house, and libcrypto.
#
# The archive holds one object in which all but jalon_* is local: linked into somebody's program, our
# buffer_append() must not meet theirs.
file(GLOB libjalon_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/base/*.c
     ${CMAKE_CURRENT_SOURCE_DIR}/sign/*.c)
add_library(libjalon_objects OBJECT ${libjalon_sources})
target_link_libraries(libjalon_objects PUBLIC PkgConfig::CRYPTO)
target_compile_options(libjalon_objects PRIVATE -ffunction-sections -fdata-sections)

set(libjalon_map ${CMAKE_CURRENT_SOURCE_DIR}/libjalon.map)
add_library(libjalon SHARED $<TARGET_OBJECTS:libjalon_objects>)
target_link_libraries(libjalon PRIVATE PkgConfig::CRYPTO)
target_link_options(libjalon PRIVATE -Wl,--version-script=${libjalon_map} -Wl,--gc-sections
                                     -Wl,--no-undefined-version)
if(NOT JALON_SANITIZE) # a sanitizer's runtime is undefined until the program is linked
  target_link_options(libjalon PRIVATE -Wl,-z,defs)
endif()
set_target_properties(libjalon PROPERTIES OUTPUT_NAME jalon VERSION ${PROJECT_VERSION} SOVERSION 0
                                          LINK_DEPENDS ${libjalon_map}
                                          LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

set(libjalon_merged ${CMAKE_CURRENT_BINARY_DIR}/libjalon.o)
add_custom_command(
  OUTPUT ${libjalon_merged}
  COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${libjalon_merged} $<TARGET_OBJECTS:libjalon_objects>
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${libjalon_merged}
  DEPENDS libjalon_objects $<TARGET_OBJECTS:libjalon_objects>
  COMMAND_EXPAND_LISTS VERBATIM)
add_library(libjalon_static STATIC ${libjalon_merged})
set_target_properties(libjalon_static PROPERTIES OUTPUT_NAME jalon LINKER_LANGUAGE C
                                                 ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

# Relative, so that an installation may be moved.
file(RELATIVE_PATH libjalon_includedir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
     ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/jalon.pc.in ${CMAKE_BINARY_DIR}/jalon.pc @ONLY)
install(TARGETS libjalon libjalon_static
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libjalon
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libjalon)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/jalon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        COMPONENT libjalon FILES_MATCHING PATTERN "*.h")
install(FILES ${CMAKE_BINARY_DIR}/jalon.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT libjalon)
