/* A journal's writer holds a lock on it, which ends with the process: journal_trim() tells the one from the other.
 * No look may be had while another process that we know of is about to make journals: between making one and locking it,
 * it would be taken for dead, and its lock be refused. */
#include "redirector/left_behind.h"

#include "core/store/folder.h"
#include "core/store/journal.h"
#include "redirector/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define JOURNALS_MAX 65536
#define MARKS_KEPT 64 /* of journals that are in the store: a loss takes the newest first */

struct left_behind {
    char folder[FOLDER_PATH_MAX]; /* DIR/journal */
    uint64_t *listed, *known;     /* main's; `known`: found before, ascending */
    size_t known_count;
    pthread_mutex_t lock; /* of what follows */
    uint64_t *found;      /* not taken yet, from `taken` on */
    size_t found_count, taken, living;
    _Atomic size_t count; /* relaxed: it says nothing about anything else */
};

static int by_number(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return *left < *right ? -1 : *left > *right;
}

static void remove_old_marks(struct left_behind *left)
{
    size_t count = 0;
    if (journal_list(left->listed, JOURNALS_MAX, &count, left->folder) != JALON_OK)
        return; /* the look that follows tells why */
    for (size_t i = 0; i + MARKS_KEPT < count; i++)
        if (journal_is_mark(left->folder, left->listed[i]) &&
            journal_remove(left->folder, left->listed[i]) != JALON_OK)
            log_debug("the mark of journal %016llx stays", (unsigned long long)left->listed[i]);
}

int left_behind_new(struct left_behind **ret_left, const char *folder)
{
    struct left_behind *left = calloc(1, sizeof *left);
    if (!left)
        return JALON_NO_MEMORY;
    pthread_mutex_init(&left->lock, NULL);
    left->listed = calloc(JOURNALS_MAX, sizeof *left->listed);
    left->known = calloc(JOURNALS_MAX, sizeof *left->known);
    left->found = calloc(JOURNALS_MAX, sizeof *left->found);
    bool has_memory = left->listed && left->known && left->found;
    int err = has_memory ? folder_path(left->folder, folder, JOURNAL_FOLDER) : JALON_NO_MEMORY;
    if (err) {
        left_behind_free(left);
        return err;
    }
    remove_old_marks(left);
    (void)left_behind_look(left, 0);
    *ret_left = left;
    return JALON_OK;
}

struct left_behind *left_behind_free(struct left_behind *left)
{
    if (!left)
        return NULL;
    pthread_mutex_destroy(&left->lock);
    free(left->listed);
    free(left->known);
    free(left->found);
    free(left);
    return NULL;
}

/* Under the lock, and once for all that a look has changed: a journal is never left out in between. */
static void tell_count(struct left_behind *left)
{
    atomic_store_explicit(&left->count, left->living + left->found_count - left->taken,
                          memory_order_relaxed);
}

static void tell_worker(struct left_behind *left, uint64_t incarnation)
{
    pthread_mutex_lock(&left->lock);
    left->found[left->found_count++] = incarnation;
    pthread_mutex_unlock(&left->lock);
}

size_t left_behind_look(struct left_behind *left, size_t own)
{
    size_t count = 0, living = 0, known_count = left->known_count;
    int err = journal_list(left->listed, JOURNALS_MAX, &count, left->folder);
    if (err && err != JALON_FULL) /* of too many the rest is found by the next start */
        log_error("%s: %s", left->folder, jalon_error_text(err));
    for (size_t i = 0; i < count && left->known_count < JOURNALS_MAX; i++) {
        uint64_t incarnation = left->listed[i];
        if (bsearch(&incarnation, left->known, known_count, sizeof *left->known, by_number))
            continue;
        err = journal_trim(left->folder, incarnation);
        if (err == JALON_LOCKED) {
            living++;
            continue;
        }
        if (err)
            log_debug("journal %016llx takes more room than it must",
                      (unsigned long long)incarnation);
        left->known[left->known_count++] = incarnation;
        tell_worker(left, incarnation);
    }
    qsort(left->known, left->known_count, sizeof *left->known, by_number);
    living = living > own ? living - own : 0;
    pthread_mutex_lock(&left->lock);
    left->living = living;
    tell_count(left);
    pthread_mutex_unlock(&left->lock);
    return living;
}

size_t left_behind_count(const struct left_behind *left)
{
    return atomic_load_explicit(&left->count, memory_order_relaxed);
}

int left_behind_bytes(uint64_t *ret_bytes, const struct left_behind *left)
{
    return journal_folder_bytes(ret_bytes, left->folder);
}

bool left_behind_take(struct left_behind *left, uint64_t *ret_incarnation)
{
    pthread_mutex_lock(&left->lock);
    bool is_any = left->taken < left->found_count;
    if (is_any) {
        *ret_incarnation = left->found[left->taken++];
        tell_count(left);
    }
    pthread_mutex_unlock(&left->lock);
    return is_any;
}
