#include "core/store/redo_marks.h"

#include "core/base/array.h"
#include "core/store/redo_file.h"

#include <stdlib.h>

#define FILES_MAX 64

struct marks {
    struct redo_entry *items; /* borrow from `contents` */
    size_t count, capacity;
    struct buffer contents[FILES_MAX];
    size_t file_count;
    bool is_damaged;
};

static int add_mark(struct marks *marks, const struct redo_entry *entry)
{
    int err = array_reserve((void **)&marks->items, &marks->capacity, marks->count + 1,
                            sizeof *marks->items);
    if (!err)
        marks->items[marks->count++] = *entry;
    return err;
}

static int read_marks(struct marks *marks, int folder_fd, uint64_t number)
{
    struct buffer *content = &marks->contents[marks->file_count];
    int err = redo_file_read(content, folder_fd, number);
    if (err)
        return err == JALON_NOT_FOUND ? JALON_OK : err;
    marks->file_count++;
    struct redo_walk walk;
    struct redo_entry entry;
    redo_walk_start(&walk, buffer_slice(content), number, 0);
    while (!err && redo_walk_next(&walk, &entry))
        if (entry.mark.size)
            err = add_mark(marks, &entry);
    marks->is_damaged |= walk.damage_at || !walk.is_header_intact;
    return err;
}

/* By name, the highest of each first. */
static int by_name_and_value(const void *a, const void *b)
{
    const struct redo_entry *left = a, *right = b;
    size_t size = left->mark.size < right->mark.size ? left->mark.size : right->mark.size;
    int order = memcmp(left->mark.data, right->mark.data, size);
    if (order)
        return order;
    if (left->mark.size != right->mark.size)
        return left->mark.size < right->mark.size ? -1 : 1;
    return left->mark_value > right->mark_value ? -1 : left->mark_value < right->mark_value;
}

static void append_highest(struct buffer *out, struct marks *marks)
{
    if (marks->count)
        qsort(marks->items, marks->count, sizeof *marks->items, by_name_and_value);
    for (size_t i = 0; i < marks->count; i++) {
        const struct redo_entry *entry = &marks->items[i];
        if (i == 0 || !slice_equal(entry->mark, entry[-1].mark))
            redo_entry_append(out, entry);
    }
}

int redo_marks_append(struct buffer *out, int folder_fd, uint64_t first, uint64_t last)
{
    struct marks marks = {0};
    int err = read_marks(&marks, folder_fd, last);
    for (uint64_t number = last; !err && marks.is_damaged && number > first;) {
        number--;
        if (marks.file_count == FILES_MAX)
            break;
        err = read_marks(&marks, folder_fd, number);
    }
    if (!err)
        append_highest(out, &marks);
    for (size_t i = 0; i < marks.file_count; i++)
        buffer_done(&marks.contents[i]);
    free(marks.items);
    return err;
}
