/* DIR/visitor.keys, mode 0600:
 *
 *     jalon visitor keys 1
 *     20421 SECRET
 *     20422 SECRET
 *
 * One line a day, ascending: days since 1970 (UTC), 32 hex digits. A key is made from noon of the day
 * before on, when the first redirector comes by, and goes at 06:00 of the day after: 42 h at the most,
 * with 6 h left for whoever comes by late. Its bytes are overwritten in the old file before that is
 * let go of, so that no undelete brings it back.
 *
 * All is done under flock() on `visitor.keys.lock`: the keys' file itself is replaced, and a lock on it
 * would be a lock on its past. */
#include "core/sign/visitor_file.h"

#include "core/base/buffer.h"
#include "core/base/encoding.h"
#include "core/base/random.h"
#include "core/sign/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TITLE "jalon visitor keys 1"
#define TEXT_MAX 4096
#define MS_PER_HOUR INT64_C(3600000)
#define MADE_AHEAD_MS (12 * MS_PER_HOUR)
#define KEPT_AFTER_MS (6 * MS_PER_HOUR)

static int lock_beside(int *ret_fd, const char *path)
{
    char name[PATH_MAX];
    int size = snprintf(name, sizeof name, "%s.lock", path);
    if (size < 0 || (size_t)size >= sizeof name)
        return JALON_IO;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return JALON_IO;
    while (flock(fd, LOCK_EX))
        if (errno != EINTR) {
            (void)close(fd); /* the lock's failure is the one to tell */
            return JALON_IO;
        }
    *ret_fd = fd;
    return JALON_OK;
}

static int read_line(struct visitor_key_list *list, struct slice line)
{
    if (list->count == VISITOR_KEYS_MAX)
        return JALON_DAMAGED;
    struct visitor_key *key = &list->keys[list->count];
    uint64_t day;
    if (slice_to_u64(&day, slice_take(&line, ' '), INT32_MAX) ||
        hex_decode(key->bytes, sizeof key->bytes, line))
        return JALON_DAMAGED;
    key->day = (int64_t)day;
    if (list->count && key->day <= list->keys[list->count - 1].day)
        return JALON_DAMAGED;
    list->count++;
    return JALON_OK;
}

static int read_text(struct visitor_key_list *list, struct slice text)
{
    if (!slice_is(slice_take(&text, '\n'), TITLE))
        return JALON_DAMAGED;
    while (text.size) {
        int err = read_line(list, slice_take(&text, '\n'));
        if (err)
            return err;
    }
    return JALON_OK;
}

static int read_file(struct visitor_key_list *list, const char *path)
{
    char text[SECRET_FILE_SIZE_MAX];
    size_t size;
    int err = secret_file_read(text, &size, path);
    if (err == JALON_IO && errno == ENOENT)
        return JALON_OK; /* the first start: no keys yet */
    if (!err) {
        err = read_text(list, slice_of(text, size));
        OPENSSL_cleanse(text, size);
    }
    return err == JALON_TOO_LONG || err == JALON_BAD_KEY_FILE ? JALON_DAMAGED : err;
}

static bool is_due(int64_t day, int64_t now_ms) /* should exist now */
{
    return now_ms >= day * MS_PER_DAY - MADE_AHEAD_MS &&
           now_ms < (day + 1) * MS_PER_DAY + KEPT_AFTER_MS;
}

/* Also drops what a clock that ran ahead has left. */
static bool drop_undue(struct visitor_key_list *list, int64_t now_ms)
{
    size_t kept = 0, count = list->count;
    for (size_t i = 0; i < count; i++)
        if (is_due(list->keys[i].day, now_ms))
            list->keys[kept++] = list->keys[i];
    OPENSSL_cleanse(&list->keys[kept], (count - kept) * sizeof *list->keys);
    list->count = kept;
    return kept < count;
}

/* Days in `list` that are due never exceed yesterday, `day` and tomorrow. */
static int add_if_due(struct visitor_key_list *list, int64_t day, int64_t now_ms)
{
    size_t at = 0;
    while (at < list->count && list->keys[at].day < day)
        at++;
    if (!is_due(day, now_ms) || (at < list->count && list->keys[at].day == day))
        return JALON_OK;
    memmove(&list->keys[at + 1], &list->keys[at], (list->count - at) * sizeof *list->keys);
    list->keys[at].day = day;
    list->count++;
    return random_bytes(list->keys[at].bytes, VISITOR_KEY_BYTES);
}

static void overwrite(int fd)
{
    static const char zeros[TEXT_MAX];
    struct stat file;
    if (fstat(fd, &file) || file.st_size > TEXT_MAX)
        return;
    /* Best effort: the file is already gone from its name, and there is nobody to tell. */
    if (pwrite(fd, zeros, (size_t)file.st_size, 0) > 0)
        (void)fdatasync(fd);
}

static int write_file(const struct visitor_key_list *list, const char *path)
{
    char text[TEXT_MAX];
    struct buffer out;
    buffer_over(&out, text, sizeof text);
    buffer_append_string(&out, TITLE "\n");
    for (size_t i = 0; i < list->count; i++) {
        char hex[2 * VISITOR_KEY_BYTES];
        hex_encode(hex, slice_of(list->keys[i].bytes, VISITOR_KEY_BYTES));
        buffer_append_u64(&out, (uint64_t)list->keys[i].day);
        buffer_append_byte(&out, ' ');
        buffer_append(&out, slice_of(hex, sizeof hex));
        buffer_append_byte(&out, '\n');
        OPENSSL_cleanse(hex, sizeof hex);
    }
    int old = open(path, O_WRONLY | O_CLOEXEC);
    int err = secret_file_replace(path, buffer_slice(&out));
    OPENSSL_cleanse(text, sizeof text);
    if (old >= 0 && !err)
        overwrite(old);
    if (old >= 0)
        (void)close(old); /* nothing in it is wanted any more */
    return err;
}

static int refresh_locked(struct visitor_key_list *list, const char *path, int64_t now_ms)
{
    int err = read_file(list, path);
    if (err)
        return err;
    int64_t today = now_ms / MS_PER_DAY;
    bool is_changed = drop_undue(list, now_ms);
    size_t before = list->count;
    if (today > 0) /* for a clock that is set back over midnight */
        err = add_if_due(list, today - 1, now_ms);
    if (!err)
        err = add_if_due(list, today, now_ms);
    if (!err)
        err = add_if_due(list, today + 1, now_ms);
    if (err)
        return err;
    is_changed |= list->count > before;
    return is_changed ? write_file(list, path) : JALON_OK;
}

int visitor_file_refresh(struct visitor_key_list *ret_list, const char *path, int64_t now_ms)
{
    if (now_ms < 0 || now_ms / MS_PER_DAY >= INT32_MAX)
        return JALON_BAD_ARGUMENT;
    int lock;
    int err = lock_beside(&lock, path);
    if (err)
        return err;
    struct visitor_key_list list = {0};
    err = refresh_locked(&list, path, now_ms);
    if (!err)
        *ret_list = list;
    OPENSSL_cleanse(&list, sizeof list);
    int saved = errno;
    (void)close(lock); /* lets go of the lock */
    errno = saved;
    return err;
}
