# Compiles the lists of this folder into core/traffic/builtin.c.
set(traffic_folder ${CMAKE_CURRENT_LIST_DIR})
set_source_files_properties(
  ${traffic_folder}/builtin.c
  PROPERTIES COMPILE_DEFINITIONS TRAFFIC_FOLDER="${traffic_folder}"
             OBJECT_DEPENDS
             "${traffic_folder}/agents.txt;${traffic_folder}/hosting.txt;${traffic_folder}/relays.txt")
