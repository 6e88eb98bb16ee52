#include "core/registry/link_book.h"

#include "core/registry/link_slug.h"
#include "core/registry/member_list.h"
#include "core/registry/thing.h"

#include <stdlib.h>

#define KEY_MAX 4096

struct page { /* of one campaign */
    struct page *next;
    struct member_list keys; /* sorted */
    size_t *taken;           /* of each run of equal keys, at its first */
    size_t slug_size;
    char slug[64];
};

struct link_book {
    struct page *pages;
};

int link_book_new(struct link_book **ret_book)
{
    struct link_book *book = calloc(1, sizeof *book);
    if (!book)
        return JALON_NO_MEMORY;
    *ret_book = book;
    return JALON_OK;
}

static void page_free(struct page *page)
{
    member_list_done(&page->keys);
    free(page->taken);
    free(page);
}

struct link_book *link_book_free(struct link_book *book)
{
    while (book && book->pages) {
        struct page *page = book->pages;
        book->pages = page->next;
        page_free(page);
    }
    free(book);
    return NULL;
}

/* No part has control characters. */
static int write_key(struct buffer *out, const struct link_traits *traits)
{
    buffer_append(out, traits->creator);
    buffer_append_byte(out, '\n');
    buffer_append(out, traits->channel);
    buffer_append_byte(out, '\n');
    buffer_append(out, traits->target);
    buffer_append_byte(out, '\n');
    buffer_append_u64(out, (uint64_t)traits->expires_ms);
    return buffer_error(out);
}

static int gather(void *context, const json_t *thing)
{
    if (!link_slug_is_signed_shape(thing_text(thing, "code")) ||
        slice_is(thing_text(thing, "reason"), "key-retired"))
        return JALON_OK;
    const struct link_traits traits = {
        .creator = thing_text(thing, "creator"),
        .channel = thing_text(thing, "channel"),
        .target = thing_text(thing, "target"),
        .expires_ms = thing_moment(thing, "expires_at", 0),
    };
    char space[KEY_MAX];
    struct buffer key;
    buffer_over(&key, space, sizeof space);
    int err = write_key(&key, &traits);
    return err ? err : member_list_take(context, buffer_slice(&key));
}

static int by_bytes(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    return slice_compare(*x, *y);
}

static int read_page(struct page *page, struct registry *registry, struct problem *problem)
{
    struct list_filter filter = {.campaign = slice_of(page->slug, page->slug_size)};
    int err = link_list(registry, &filter, gather, &page->keys, problem);
    if (err)
        return err;
    if (page->keys.count)
        qsort(page->keys.members, page->keys.count, sizeof *page->keys.members, by_bytes);
    page->taken = calloc(page->keys.count + 1, sizeof *page->taken);
    return page->taken ? JALON_OK : JALON_NO_MEMORY;
}

static int find_page(struct link_book *book, struct registry *registry, struct slice campaign,
                     struct page **ret_page, struct problem *problem)
{
    struct page *page = book->pages;
    while (page && !slice_equal(slice_of(page->slug, page->slug_size), campaign))
        page = page->next;
    if (!page) {
        if (campaign.size > sizeof page->slug)
            return JALON_TOO_LONG;
        page = calloc(1, sizeof *page);
        if (!page)
            return JALON_NO_MEMORY;
        memcpy(page->slug, campaign.data, campaign.size);
        page->slug_size = campaign.size;
        int err = read_page(page, registry, problem);
        if (err) {
            page_free(page);
            return err;
        }
        page->next = book->pages;
        book->pages = page;
    }
    *ret_page = page;
    return JALON_OK;
}

/* The first of the keys that is not below `key`. */
static size_t lower_bound(const struct page *page, struct slice key)
{
    size_t low = 0, high = page->keys.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_bytes(&page->keys.members[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int link_book_take(struct link_book *book, struct registry *registry,
                   const struct link_traits *traits, bool *ret_is_known, struct problem *problem)
{
    struct page *page;
    int err = find_page(book, registry, traits->campaign, &page, problem);
    if (err)
        return err;
    char space[KEY_MAX];
    struct buffer key;
    buffer_over(&key, space, sizeof space);
    err = write_key(&key, traits);
    if (err)
        return err;
    size_t first = lower_bound(page, buffer_slice(&key)), next = first + page->taken[first];
    *ret_is_known =
        next < page->keys.count && slice_equal(page->keys.members[next], buffer_slice(&key));
    page->taken[first] += *ret_is_known;
    return JALON_OK;
}
