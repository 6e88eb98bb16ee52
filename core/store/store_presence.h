/* store_presence.h - is the store still the one that this folder's redo log was replayed to, or was it emptied (FLUSHALL) under
 * connections that live on? The hash key_folders() has a field for each data folder, DIR/redo/id, set after a replay. */
#ifndef STORE_STORE_PRESENCE_H
#define STORE_STORE_PRESENCE_H
#include "core/store/store_handle.h"

CHECKED int store_presence_find(struct store *store,
                                bool *ret_is_there); /* connected; errors as of client_say() */
CHECKED int store_presence_mark(struct store *store);
#endif
