/* import_map.h - a shop's own order export, read by a map into the orders that the registry imports. */
#ifndef ADMIN_IMPORT_MAP_H
#define ADMIN_IMPORT_MAP_H
#include "admin/import.h"
#include "admin/order_map.h"

/* The map that --map names, ready to read with: its campaign is --campaign's, its zone is open. */
CHECKED int import_map_open(struct order_map *ret_map, struct session *session);

struct map_import;

/* Rows in a row that have the same order id are one order: what a later one leaves empty, the first has said. */
CHECKED int map_import_new(struct map_import **ret_reader, struct import *import,
                           const struct order_map *map);
struct map_import *map_import_free(struct map_import *reader); /* accepts NULL */
CHECKED int map_import_feed(struct map_import *reader, struct slice bytes);
CHECKED int map_import_end(struct map_import *reader);
#endif
