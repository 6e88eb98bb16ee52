#include "redirector/desk.h"

#include "core/base/clock.h"
#include "core/store/store.h"
#include "redirector/server.h"
#include "redirector/snapshot.h"

#define STORE_TIMEOUT_MS 5000
/* A store that does not answer is not waited for by every task anew: no longer than this, and no longer than the try
 * took, so that one which refuses at once is asked again at once. */
#define RETRY_MS 2000

void desk_init(struct desk *desk, struct server *server)
{
    *desk = (struct desk){.server = server};
}

void desk_done(struct desk *desk)
{
    desk->store = store_free(desk->store);
}

static int open_store(struct desk *desk, struct problem *problem)
{
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < desk->retry_at_ms)
        return problem_from_error(problem, JALON_UNAVAILABLE);
    struct store_options options = {.folder = desk->server->folder,
                                    .redis = desk->snapshot->settings.redis,
                                    .timeout_ms = STORE_TIMEOUT_MS,
                                    .redo = desk->server->redo};
    struct problem reason; /* names hosts and files: keeper.c logs it, clients need not know */
    problem_init(&reason);
    int err = store_open(&desk->store, &options, &reason);
    if (!err)
        return JALON_OK;
    int64_t failed_ms = clock_monotonic_ms();
    int64_t took_ms = failed_ms - now_ms;
    desk->retry_at_ms = failed_ms + (took_ms < RETRY_MS ? took_ms : RETRY_MS);
    (void)problem_from_error(problem, JALON_UNAVAILABLE); /* the code is ours to return */
    return JALON_UNAVAILABLE;
}

int desk_open(struct desk *desk, struct problem *problem)
{
    desk->snapshot = snapshot_hold(desk->server);
    if (desk->generation != desk->snapshot->generation)
        desk->store = store_free(desk->store); /* the settings may name another one */
    desk->generation = desk->snapshot->generation;
    int err = desk->store ? JALON_OK : open_store(desk, problem);
    if (err)
        return err;
    desk->registry = (struct registry){.store = desk->store,
                                       .keys = desk->snapshot->keys,
                                       .domain = desk->snapshot->settings.domain,
                                       .reference_file = desk->snapshot->settings.reference_file,
                                       .now_ms = clock_wall_ms(),
                                       .source = "api",
                                       .link_wait_ms = REGISTRY_LINK_WAIT_MS};
    return JALON_OK;
}

void desk_close(struct desk *desk)
{
    snapshot_release(desk->server, desk->snapshot);
    desk->snapshot = NULL;
}
