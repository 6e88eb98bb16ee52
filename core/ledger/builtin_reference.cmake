# Compiles the list of reference ranges into core/ledger/reference.c.
set(ledger_folder ${CMAKE_CURRENT_LIST_DIR})
set_source_files_properties(
  ${ledger_folder}/reference.c
  PROPERTIES COMPILE_DEFINITIONS LEDGER_FOLDER="${ledger_folder}"
             OBJECT_DEPENDS "${ledger_folder}/reference.txt")
