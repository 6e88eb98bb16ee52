#include "admin/handlers.h"
#include "admin/keys_change.h"
#include "admin/list_out.h"
#include "admin/output.h"
#include "core/ledger/moment.h"
#include "core/registry/thing.h"
#include "core/sign/key_ring.h"

#include <stdio.h>
#include <unistd.h>

static const struct list_column columns[] = {
    {"id", "Id", 0}, {"state", "State", 0}, {"created_at", "Created", 0}, {0}};

static int add_key(struct list_out *list, const struct key_view *view)
{
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "id", slice_of_string(view->id));
    thing_put_text(&thing, "state", slice_of_string(key_state_name(view->state)));
    thing_put_moment_or_null(&thing, "created_at", view->created_at * 1000);
    json_t *json;
    int err = thing_end(&thing, &json);
    if (err)
        return err;
    err = list_out_add(list, json);
    json_decref(json);
    return err;
}

int keys_list(struct session *session)
{
    struct list_out *list;
    int err = list_out_new(&list, session->format, columns);
    if (err)
        return err;
    for (size_t i = 0; !err && i < key_ring_size(session->keys); i++) {
        struct key_view view = key_ring_view(session->keys, i);
        err = add_key(list, &view);
    }
    if (!err)
        err = list_out_end(list);
    list_out_free(list);
    return err;
}

int keys_change(struct session *session, keys_changer *change, void *context)
{
    int lock;
    int err = folder_lock(&lock, session->folder, "keys.lock", false);
    if (err)
        return err;
    jalon_keys *keys; /* as they are under the lock */
    err = jalon_keys_open(&keys, session->key_file);
    if (!err) {
        err = change(keys, context);
        if (!err)
            err = key_ring_save(keys, session->key_file);
        jalon_keys_free(keys);
    }
    (void)close(lock); /* only the lock depends on it */
    if (!err)
        fputs("A running jalond uses the ring as it was: send SIGHUP to jalond.\n", stderr);
    return err;
}

static int rotate(jalon_keys *keys, void *context)
{
    const struct session *session = context;
    int err = key_ring_rotate(keys, session->now_ms / 1000);
    if (!err)
        printf("%s\n", key_ring_view(keys, 0).id);
    return err;
}

int keys_rotate(struct session *session)
{
    int err = keys_change(session, rotate, session);
    if (err == JALON_FULL)
        return problem_set(&session->problem, PROBLEM_INVALID,
                           "the ring holds %d keys that still verify: retire one first",
                           JALON_KEYS_MAX);
    return err;
}

int keys_export(struct session *session)
{
    struct slice purpose = options_slice(session->options, "purpose");
    if (!slice_is(purpose, "portable") && !slice_is(purpose, "code") && !slice_is(purpose, "click"))
        return session_usage(session, "--purpose: choose portable, code or click");
    json_t *campaign;
    int err = campaign_show(&session->registry, options_slice(session->options, "campaign"),
                            &campaign, &session->problem);
    if (err)
        return err;
    json_decref(campaign);
    jalon_keys *exported;
    err = key_ring_export(&exported, session->keys, purpose.data,
                          options_value(session->options, "campaign"));
    if (err)
        return err;
    struct buffer text;
    buffer_init(&text, 64 * 1024);
    key_ring_write(&text, exported);
    size_t size = text.size;
    err = output_write(&text);
    explicit_bzero(text.data, size);
    buffer_done(&text);
    jalon_keys_free(exported);
    return err;
}
