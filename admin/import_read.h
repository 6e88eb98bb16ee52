/* import_read.h - the two formats of an import file, read as bytes come. */
#ifndef ADMIN_IMPORT_READ_H
#define ADMIN_IMPORT_READ_H
#include "admin/import.h"

struct csv_import; /* import_csv.c */

CHECKED int csv_import_new(struct csv_import **ret_csv, struct import *import);
struct csv_import *csv_import_free(struct csv_import *csv); /* accepts NULL */
CHECKED int csv_import_feed(struct csv_import *csv, struct slice bytes);
CHECKED int csv_import_end(struct csv_import *csv);

struct ndjson_import; /* import_ndjson.c */

CHECKED int ndjson_import_new(struct ndjson_import **ret_ndjson, struct import *import);
struct ndjson_import *ndjson_import_free(struct ndjson_import *ndjson); /* accepts NULL */
CHECKED int ndjson_import_feed(struct ndjson_import *ndjson, struct slice bytes);
CHECKED int ndjson_import_end(struct ndjson_import *ndjson);
#endif
