/* A creator's record:
 *   {"v":1,"creator":SLUG,"name":TEXT?,"platform":TEXT?,"followers":N?,"niche":[TEXT…]?,"created_ms":N,
 *    "erased_ms":N?} */
#include "core/registry/creator_view.h"

#include "core/registry/view_reader.h"

int creator_view_read(struct creator_view *ret_view, struct slice json)
{
    struct creator_view view = {0};
    struct view_reader reader;
    int err = view_reader_start(&reader, &view.text, json, 1);
    if (err)
        return err;
    const struct record_value *root = reader.root;
    view.slug = view_text_needed(&reader, root, "creator");
    view.name = view_text(&reader, root, "name");
    if (!view.name.size)
        view.name = view.slug;
    view.platform = view_text(&reader, root, "platform");
    view.followers = view_number(&reader, root, "followers", -1);
    view.is_erased = view_number(&reader, root, "erased_ms", 0) != 0;
    const struct record_value *niches = view_list(&reader, root, "niche", CREATOR_NICHES_MAX);
    const struct record_value *niche = record_first(niches);
    for (size_t i = 0; i < view_count(niches); i++, niche = record_next(niche))
        view.niches[view.niche_count++] = view_keep(&reader, niche);
    err = view_reader_end(&reader);
    if (err)
        return err;
    *ret_view = view;
    return JALON_OK;
}

void creator_view_done(struct creator_view *view)
{
    buffer_done(&view->text);
}
