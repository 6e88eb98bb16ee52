/* A post's record, under its URL:
 *   {"v":1,"url":URL,"campaign":SLUG,"creator":SLUG,"published_ms":N,"created_ms":N,
 *    "snapshots":[{"taken_ms":N,"impressions":N?,"reach":N?,…}…]}     by taken_ms, oldest first */
#include "core/registry/post_view.h"

#include "core/registry/view_reader.h"

static void take_snapshot(struct view_reader *reader, const struct record_value *snapshot,
                          struct post_figures *newest)
{
    newest->taken_ms = view_number(reader, snapshot, "taken_ms", newest->taken_ms);
#define POST_FIGURE_TAKE(name) newest->name = view_number(reader, snapshot, #name, newest->name);
    POST_FIGURES(POST_FIGURE_TAKE)
#undef POST_FIGURE_TAKE
}

int post_view_read(struct post_view *ret_view, struct slice json)
{
    struct post_view view = {0};
    struct view_reader reader;
    int err = view_reader_start(&reader, &view.text, json, 1);
    if (err)
        return err;
    const struct record_value *root = reader.root;
    view.url = view_text_needed(&reader, root, "url");
    view.campaign = view_text_needed(&reader, root, "campaign");
    view.creator = view_text_needed(&reader, root, "creator");
    view.published_ms = view_number(&reader, root, "published_ms", 0);
#define POST_FIGURE_UNKNOWN(name) .name = -1,
    view.newest = (struct post_figures){POST_FIGURES(POST_FIGURE_UNKNOWN).taken_ms = 0};
#undef POST_FIGURE_UNKNOWN
    const struct record_value *snapshots =
        view_list(&reader, root, "snapshots", POST_SNAPSHOTS_MAX);
    const struct record_value *snapshot = record_first(snapshots);
    for (size_t i = 0; i < view_count(snapshots); i++, snapshot = record_next(snapshot))
        take_snapshot(&reader, snapshot, &view.newest);
    err = view_reader_end(&reader);
    if (err)
        return err;
    *ret_view = view;
    return JALON_OK;
}

void post_view_done(struct post_view *view)
{
    buffer_done(&view->text);
}
