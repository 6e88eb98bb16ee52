/* functions.h - the functions that run inside Redis (Lua, FUNCTION LOAD; Redis >= 7 or Valkey): name, version,
 * source. Their keys and arguments: top of functions.c.
 *
 * A server that lost them (FUNCTION FLUSH, an empty replacement) answers "ERR Function not found", which
 * reply_error_read() calls JALON_NOT_FOUND: send FUNCTION LOAD REPLACE functions_source, then the command
 * again, once; nothing of it was carried out. */
#ifndef STORE_FUNCTIONS_H
#define STORE_FUNCTIONS_H

/* A newer one in the store is left there: it serves older callers, from 7 on; jalon_ship refuses those before. */
#define FUNCTIONS_VERSION "7"
extern const char functions_source[];
#define FUNCTION_VERSION_NAME "jalon_version"
#define FUNCTION_PUT "jalon_put"
#define FUNCTION_PUT_ALL "jalon_put_all"
#define FUNCTION_RESTORE "jalon_restore"
#define FUNCTION_RESERVE "jalon_reserve"
#define FUNCTION_CLOSE "jalon_close"
#define FUNCTION_SHIP "jalon_ship"
#define FUNCTION_SEAL "jalon_seal"
#define FUNCTION_SEAL_CLICKS "jalon_seal_clicks"
#define FUNCTION_SEALING "jalon_sealing"
#define FUNCTION_SEALED "jalon_sealed"
#endif
