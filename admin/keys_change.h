/* keys_change.h - a change of the key ring's file, one at a time: read, changed and saved under a lock. */
#ifndef ADMIN_KEYS_CHANGE_H
#define ADMIN_KEYS_CHANGE_H
#include "admin/session.h"

typedef int keys_changer(jalon_keys *keys, void *context);
/* Says on stderr that a running jalond must be told. JALON_LOCKED: another change is under way. */
CHECKED int keys_change(struct session *session, keys_changer *change, void *context);
#endif
