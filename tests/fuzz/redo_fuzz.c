/* redo_fuzz.c - files of the redo log, and the commands in their entries. Bit 0 of the first byte: entries are sealed, so that
 * what is behind the checksum is reached, too; bit 1: the header is a good one.
 *
 * Whatever the bytes are: the walk ends, what comes out lies within the file, and a command that is read is
 * written as the same bytes. */
#include "core/store/effect.h"
#include "core/store/little_endian.h"
#include "core/store/redo_file.h"

#include <stdlib.h>

#define NUMBER 7
#define HEAD 24 /* of an entry: top of redo_file.c */

static void require(bool truth)
{
    if (!truth)
        abort();
}

/* Gives each entry, as far as its size leads, the checksum that it needs. */
static void seal(char *bytes, size_t size)
{
    size_t at = REDO_HEADER_BYTES;
    while (at + HEAD <= size) {
        size_t payload = le32_read(bytes + at + 4);
        size_t whole = payload > size ? SIZE_MAX : (HEAD + payload + 7) & ~(size_t)7;
        if (whole > size - at)
            return;
        redo_entries_seal(bytes + at, whole, NUMBER, at);
        at += whole;
    }
}

static void read_effect(struct slice bytes)
{
    struct argument_list command;
    struct buffer again;
    argument_list_init(&command, bytes.size);
    if (!effect_read(&command, bytes)) {
        buffer_init(&again, bytes.size);
        effect_append(&again, &command);
        require(buffer_error(&again) == JALON_OK && slice_equal(buffer_slice(&again), bytes));
        buffer_done(&again);
    }
    argument_list_done(&command);
}

static void require_within(struct slice part, struct slice file)
{
    require(part.size == 0 ||
            (part.data >= file.data && part.data + part.size <= file.data + file.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    struct buffer file;
    buffer_init(&file, size + REDO_HEADER_BYTES);
    if (bytes[0] & 2)
        redo_header_append(&file, NUMBER, 1780000000000);
    buffer_append(&file, slice_of(bytes + 1, size - 1));
    require(buffer_error(&file) == JALON_OK);
    if (bytes[0] & 1 && file.data)
        seal(file.data, file.size);

    struct redo_walk walk;
    struct redo_entry entry;
    size_t before = 0;
    redo_walk_start(&walk, buffer_slice(&file), NUMBER, 0);
    while (redo_walk_next(&walk, &entry)) {
        require(walk.at > before && walk.at <= file.size && walk.intact <= file.size);
        before = walk.at;
        require_within(entry.effect, buffer_slice(&file));
        require_within(entry.mark, buffer_slice(&file));
        read_effect(entry.effect);
    }
    require(walk.damage_at <= file.size);
    read_effect(slice_of(bytes + 1, size - 1));
    buffer_done(&file);
    return 0;
}
