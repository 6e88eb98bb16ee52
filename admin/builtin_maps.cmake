# Compiles the ready maps into admin/order_map_builtin.c.
set(maps_folder ${CMAKE_CURRENT_LIST_DIR}/maps)
set_source_files_properties(
  ${CMAKE_CURRENT_LIST_DIR}/order_map_builtin.c
  PROPERTIES COMPILE_DEFINITIONS MAPS_FOLDER="${maps_folder}"
             OBJECT_DEPENDS "${maps_folder}/shopify.map;${maps_folder}/woocommerce.map")
