/* mmdb_check.h - is a file a whole MaxMind DB (format 2.0)? */
#ifndef TRAFFIC_MMDB_CHECK_H
#define TRAFFIC_MMDB_CHECK_H
#include "core/base/error.h"

/* Walks the whole file once: metadata, every record of the search tree, every value that a record or a
 * pointer leads to. What passes cannot make a reader run out of bounds, recurse deeply or loop. On
 * failure *ret_why says what is wrong, without the file's name. JALON_IO (errno), JALON_DAMAGED,
 * JALON_UNSUPPORTED (another major version), JALON_NO_MEMORY. */
CHECKED int mmdb_check(const char *path, const char **ret_why);
#endif
