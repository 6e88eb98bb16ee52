#include "core/report/creator_names.h"
#include "core/registry/creator_view.h"
#include "core/base/array.h"
#include "core/store/store.h"

#include <stdlib.h>

static int keep(struct creator_names *names, const struct creator_view *view)
{
    size_t number;
    int err = name_index_put(&names->slugs, view->slug, &number);
    if (err == JALON_OK)
        err = array_reserve((void **)&names->names, &names->capacity, number + 1,
                            sizeof *names->names);
    if (err)
        return err;
    names->names[number] = arena_copy(&names->arena, view->is_erased ? SLICE_NONE : view->name);
    return names->names[number].data ? JALON_OK : JALON_NO_MEMORY;
}

static int visit(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)field;   /* the record knows its slug */
    (void)version; /* each is there: it was walked to */
    struct creator_view view;
    int err = creator_view_read(&view, json);
    if (err)
        return err;
    err = keep(context, &view);
    creator_view_done(&view);
    return err;
}

int creator_names_read(struct creator_names *names, struct store *store)
{
    struct key key = key_creators();
    return store_each(store, &key, visit, names);
}

struct slice creator_names_get(const struct creator_names *names, struct slice slug)
{
    size_t number;
    return name_index_find(&names->slugs, slug, &number) ? names->names[number] : SLICE_NONE;
}

struct slice creator_names_find(const struct creator_names *names, struct slice slug)
{
    struct slice name = creator_names_get(names, slug);
    return name.size ? name : slug;
}

void creator_names_done(struct creator_names *names)
{
    name_index_done(&names->slugs);
    arena_done(&names->arena);
    free(names->names);
    names->names = NULL;
}
