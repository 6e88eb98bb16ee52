#include "core/store/store_presence.h"

#include "core/base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_NAME "id"

/* Sixteen hex digits. JALON_NOT_FOUND; JALON_DAMAGED: the file holds something else. */
static int read_id(int folder_fd, char ret_id[LINK_ID_TEXT + 1])
{
    int fd = openat(folder_fd, FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? JALON_NOT_FOUND : JALON_IO;
    size_t size = 0;
    uint64_t number;
    int err = file_read_at(fd, ret_id, LINK_ID_TEXT, 0, &size);
    (void)close(fd); /* only read */
    ret_id[size] = '\0';
    if (!err && link_id_parse(&number, slice_of(ret_id, size)))
        err = JALON_DAMAGED;
    return err;
}

/* Another thread or process may do the same just now: the file appears whole, by a link, and the first one stays. */
static int make_id(int folder_fd)
{
    uint64_t number;
    int err = random_bytes(&number, sizeof number);
    if (err)
        return err;
    char id[LINK_ID_TEXT + 1], temporary[32];
    link_id_format(id, number);
    (void)snprintf(temporary, sizeof temporary, "%.16s.new", id); /* fits */
    int fd = openat(folder_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return JALON_IO;
    err = file_write_at(fd, slice_of(id, LINK_ID_TEXT), 0);
    if (!err && fsync(fd) != 0)
        err = JALON_IO;
    (void)close(fd); /* synced, or told */
    if (!err && linkat(folder_fd, temporary, folder_fd, FILE_NAME, 0) != 0 && errno != EEXIST)
        err = JALON_IO;
    (void)unlinkat(folder_fd, temporary, 0); /* what stays is a few bytes */
    return err;
}

static int folder_id(const struct store *store, char ret_id[LINK_ID_TEXT + 1])
{
    char path[FOLDER_PATH_MAX];
    int err = folder_path(path, store->folder, REDO_FOLDER);
    if (err)
        return err;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return JALON_IO;
    err = read_id(fd, ret_id);
    if (err == JALON_DAMAGED && unlinkat(fd, FILE_NAME, 0) == 0)
        err = JALON_NOT_FOUND;
    if (err == JALON_NOT_FOUND) {
        err = make_id(fd);
        if (!err)
            err = read_id(fd, ret_id);
    }
    (void)close(fd);
    return err == JALON_NOT_FOUND ? JALON_IO : err;
}

/* Not with store->command: a command may be waiting there to be sent again. */
int store_presence_find(struct store *store, bool *ret_is_there)
{
    char id[LINK_ID_TEXT + 1];
    int err = folder_id(store, id);
    if (err)
        return err;
    struct key key = key_folders();
    struct reply *reply;
    err = client_say(store->client, &reply, "HEXISTS", key.text, id, NULL);
    if (err)
        return err;
    *ret_is_there = reply_integer(reply) == 1;
    (void)reply_free(reply);
    return JALON_OK;
}

int store_presence_mark(struct store *store)
{
    char id[LINK_ID_TEXT + 1];
    int err = folder_id(store, id);
    if (err)
        return err;
    struct key key = key_folders();
    struct reply *reply;
    err = client_say(store->client, &reply, "HSET", key.text, id, "1", NULL);
    if (!err)
        (void)reply_free(reply);
    return err;
}
