/* A link's record:
 *   {"v":1,"code":CODE,"campaign":SLUG,"creator":SLUG,"channel":TEXT?,"target":URL?,
 *    "expires_ms":N?,"created_ms":N,"disabled":true?}          without "code": a portable link */
#include "core/registry/link_view.h"

#include "core/registry/thing.h"
#include "core/registry/view_reader.h"

int link_view_read(struct link_view *ret_view, struct slice json)
{
    struct link_view view = {0};
    struct view_reader reader;
    int err = view_reader_start(&reader, &view.text, json, 1);
    if (err)
        return err;
    const struct record_value *root = reader.root;
    view.code = view_text(&reader, root, "code");
    view.campaign = view_text_needed(&reader, root, "campaign");
    view.creator = view_text_needed(&reader, root, "creator");
    view.channel = view_text(&reader, root, "channel");
    view.target = view_text(&reader, root, "target");
    view.expires_at_ms = view_number(&reader, root, "expires_ms", 0);
    view.created_ms = view_number(&reader, root, "created_ms", 0);
    view.is_disabled = view_flag(&reader, root, "disabled");
    err = view_reader_end(&reader);
    if (err)
        return err;
    *ret_view = view;
    return JALON_OK;
}

void link_view_done(struct link_view *view)
{
    buffer_done(&view->text);
}

const char *link_view_state(const struct link_view *view, int64_t now_ms)
{
    if (view->is_disabled)
        return "disabled";
    return view->expires_at_ms && now_ms >= view->expires_at_ms ? "expired" : "active";
}

int link_view_write_portable(struct buffer *out, struct slice campaign, struct slice creator,
                             struct slice channel, struct slice target, int64_t now_ms)
{
    struct thing thing;
    thing_start(&thing);
    thing_put_number(&thing, "v", RECORD_VERSION);
    thing_put_text(&thing, "campaign", campaign);
    thing_put_text(&thing, "creator", creator);
    if (channel.size)
        thing_put_text(&thing, "channel", channel);
    if (target.size)
        thing_put_text(&thing, "target", target);
    thing_put_number(&thing, "created_ms", now_ms);
    json_t *json;
    int err = thing_end(&thing, &json);
    return err ? err : thing_write(out, json);
}
