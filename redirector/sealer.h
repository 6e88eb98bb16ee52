/* sealer.h - the thread that seals the visitors of days that are over (core/store/store_seal.h): at the start, then each hour,
 * slowly, so that the store stays free for redirects. Several processes may do it at once. */
#ifndef REDIRECTOR_SEALER_H
#define REDIRECTOR_SEALER_H
#include "core/base/error.h"

struct sealer;
struct server;

/* Starts the thread. The store is the one that the settings name now, as it is the keeper's. */
CHECKED int sealer_new(struct sealer **ret_sealer, struct server *server);
/* Ends it; a call to the store that is under way is waited for. Accepts NULL, returns NULL. */
struct sealer *sealer_free(struct sealer *sealer);
#endif
