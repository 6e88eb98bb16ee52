/* doctor_journal.c - what jalond wrote down and the store does not have yet. */
#include "admin/doctor.h"
#include "core/ledger/moment.h"
#include "core/report/lost_clicks.h"
#include "core/store/click_record.h"
#include "core/store/journal.h"
#include "core/store/store.h"

#include <stdlib.h>

#define INCARNATIONS_MAX 1024
#define ENTRIES_MAX 1000000                /* read at most: past it the answer is "many" */
#define FRESH_MS 60000                     /* clicks that are younger are on their way */
#define LOSSES_MS (INT64_C(30) * 86400000) /* how long a loss is spoken of */

struct backlog {
    uint64_t incarnations[INCARNATIONS_MAX];
    size_t count;
    int64_t positions[INCARNATIONS_MAX][SCHEMA_PARTITIONS];
    size_t read, waiting, damages;
    int64_t oldest_ms; /* of those that wait; 0: none */
    char damage[FOLDER_PATH_MAX];
};

static size_t find(const struct backlog *backlog, uint64_t incarnation)
{
    size_t i = 0;
    while (i < backlog->count && backlog->incarnations[i] != incarnation)
        i++;
    return i;
}

static int take_position(void *context, size_t partition, struct slice field, int64_t position)
{
    struct backlog *backlog = context;
    uint64_t incarnation;
    if (link_id_parse(&incarnation, field)) /* the same 16 hex digits */
        return JALON_DAMAGED;
    size_t index = find(backlog, incarnation);
    if (index < backlog->count)
        backlog->positions[index][partition] = position;
    return JALON_OK;
}

static int read_positions(struct backlog *backlog, struct store *store)
{
    struct key keys[SCHEMA_PARTITIONS];
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++)
        keys[i] = key_positions(i);
    return store_counters_each(store, keys, SCHEMA_PARTITIONS, take_position, backlog);
}

static void take_entry(struct backlog *backlog, size_t index, const struct journal_entry *entry)
{
    struct click_record click;
    backlog->read++;
    if (entry->kind != JOURNAL_CLICK || click_record_read(&click, entry->payload))
        return;
    if ((int64_t)entry->offset < backlog->positions[index][schema_partition(click.link_id)])
        return;
    backlog->waiting++;
    if (!backlog->oldest_ms || click.at_ms < backlog->oldest_ms)
        backlog->oldest_ms = click.at_ms;
}

static uint64_t least_position(const struct backlog *backlog, size_t index)
{
    int64_t least = backlog->positions[index][0];
    for (size_t i = 1; i < SCHEMA_PARTITIONS; i++)
        if (backlog->positions[index][i] < least)
            least = backlog->positions[index][i];
    return (uint64_t)least;
}

static void read_incarnation(struct backlog *backlog, const char *folder, size_t index)
{
    struct journal_reader *reader;
    if (journal_reader_open(&reader, folder, backlog->incarnations[index]))
        return; /* shipped and deleted meanwhile */
    int err = journal_reader_seek(reader, least_position(backlog, index));
    if (err == JALON_NOT_FOUND) /* from the oldest kept */
        err = JALON_OK;
    struct journal_entry entry;
    const char *where = NULL;
    while ((!err || err == JALON_DAMAGED) && backlog->read < ENTRIES_MAX) {
        err = journal_reader_next(reader, &entry, &where);
        if (!err)
            take_entry(backlog, index, &entry);
        else if (err == JALON_DAMAGED && backlog->damages++ == 0 && where)
            (void)snprintf(backlog->damage, sizeof backlog->damage, "%s", where); /* cut to fit */
    }
    journal_reader_free(reader);
}

static void say(struct doctor *doctor, const struct backlog *backlog)
{
    int64_t age_ms = doctor->session->now_ms - backlog->oldest_ms;
    if (backlog->damages)
        doctor_say(doctor, DOCTOR_WARN,
                   "%zu damaged places, the first at %s: the clicks written there are lost",
                   backlog->damages, backlog->damage);
    if (backlog->read == ENTRIES_MAX)
        doctor_say(doctor, DOCTOR_WARN,
                   "more than a million clicks wait to be shipped: see that the store answers");
    else if (backlog->waiting == 0)
        doctor_say(doctor, DOCTOR_OK, "all is in the store");
    else if (age_ms < FRESH_MS)
        doctor_say(doctor, DOCTOR_OK, "%zu clicks are on their way to the store", backlog->waiting);
    else
        doctor_say(doctor, DOCTOR_WARN, "%zu clicks wait, the oldest for %lld s: %s",
                   backlog->waiting, (long long)(age_ms / 1000),
                   doctor_is_jalond_running(doctor) ? "see jalond's log for why"
                                                    : "start jalond, it ships them");
}

static void say_losses(struct doctor *doctor)
{
    struct losses losses;
    char last[MOMENT_TEXT_MAX];
    int err =
        lost_clicks_since(&losses, doctor->session->store, doctor->session->now_ms - LOSSES_MS);
    if (err)
        doctor_say(doctor, DOCTOR_WARN, "losses can't be looked up: %s", jalon_error_text(err));
    if (err || losses.count == 0)
        return;
    moment_format(last, losses.last_ms);
    doctor_say(doctor, DOCTOR_WARN,
               "clicks were lost before they reached the store: %zu stretches in 30 days, the last "
               "before %s; the store came back older than what journal.keep kept",
               losses.count, last);
}

void doctor_journal(struct doctor *doctor)
{
    char folder[FOLDER_PATH_MAX];
    if (!doctor->session->store || folder_path(folder, doctor->session->folder, JOURNAL_FOLDER))
        return;
    struct backlog *backlog = calloc(1, sizeof *backlog);
    int err = backlog
                  ? journal_list(backlog->incarnations, INCARNATIONS_MAX, &backlog->count, folder)
                  : JALON_NO_MEMORY;
    if (!err)
        err = read_positions(backlog, doctor->session->store);
    if (err)
        doctor_say(doctor, DOCTOR_WARN, "it can't be looked at: %s", jalon_error_text(err));
    for (size_t i = 0; !err && i < backlog->count; i++)
        read_incarnation(backlog, folder, i);
    if (!err) {
        say(doctor, backlog);
        say_losses(doctor);
    }
    free(backlog);
}
