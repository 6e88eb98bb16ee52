#include "core/report/residual.h"
#include "core/base/array.h"
#include "core/report/first_clicks.h"

#include <stdlib.h>

#define DAY_MS INT64_C(86400000)
#define QUARTER_MS INT64_C(900000)
#define SOURCES_A_GROUP 256

static const int point_days[RESIDUAL_POINTS] = {1, 2, 3, 7, 14, 28, 90};

/* What is looked up for one row: the moments that cut its time since publication, and the clicks between. */
struct look {
    size_t row;
    size_t first_moment, moment_count; /* 0: nothing to count */
    size_t first_stretch;
};

/* Some rows, looked up together. First their time is cut at each UTC day, whose counters are whole, and at the points
 * of the curve; then the stretch that has the middle click is cut at each quarter-hour. */
struct group {
    struct residual_row *rows;
    const struct click_source *sources;
    size_t source_count;
    int64_t end_ms; /* no click is later */
    struct look *looks;
    size_t look_count, look_capacity;
    int64_t *moments_ms;
    size_t moment_count, moment_capacity;
    int64_t *humans; /* by stretch */
    int64_t invalid[CLICK_CLASS_COUNT];
};

int64_t residual_published_ms(const struct residual_row *row)
{
    return row->post_ms != NEVER_MS ? row->post_ms : row->first_click_ms;
}

bool residual_has_passed(const struct residual_row *row, size_t point, int64_t now_ms)
{
    int64_t published_ms = residual_published_ms(row);
    return published_ms != NEVER_MS && now_ms - published_ms >= point_days[point] * DAY_MS;
}

static int64_t floor_to(int64_t ms, int64_t unit_ms)
{
    int64_t rest_ms = ms % unit_ms;
    return ms - (rest_ms < 0 ? rest_ms + unit_ms : rest_ms);
}

/* Publication, as the beginning of its quarter-hour. */
static int64_t zero_of(const struct residual_row *row)
{
    return floor_to(residual_published_ms(row), QUARTER_MS);
}

static int add_moment(struct group *group, int64_t at_ms)
{
    int err = array_reserve((void **)&group->moments_ms, &group->moment_capacity,
                            group->moment_count + 1, sizeof *group->moments_ms);
    if (err == JALON_OK)
        group->moments_ms[group->moment_count++] = at_ms;
    return err;
}

/* The first cut after at_ms, each unit and at the points of the curve. */
static int64_t next_cut(const struct residual_row *row, int64_t at_ms, int64_t unit_ms)
{
    int64_t next_ms = floor_to(at_ms, unit_ms) + unit_ms;
    for (size_t i = 0; i < RESIDUAL_POINTS; i++) {
        int64_t point_ms = zero_of(row) + point_days[i] * DAY_MS;
        if (point_ms > at_ms && point_ms < next_ms)
            next_ms = point_ms;
    }
    return next_ms;
}

static int cut(struct group *group, struct look *look, int64_t from_ms, int64_t to_ms,
               int64_t unit_ms)
{
    look->first_moment = group->moment_count;
    int err = add_moment(group, from_ms);
    for (int64_t at_ms = from_ms; at_ms < to_ms && !err;) {
        at_ms = next_cut(&group->rows[look->row], at_ms, unit_ms);
        if (at_ms > to_ms)
            at_ms = to_ms;
        err = add_moment(group, at_ms);
    }
    look->moment_count = group->moment_count - look->first_moment;
    return err;
}

/* From publication on, but not before there was a click. */
static int cut_by_days(struct group *group, struct look *look)
{
    const struct residual_row *row = &group->rows[look->row];
    if (row->first_click_ms == NEVER_MS)
        return JALON_OK;
    int64_t from_ms = zero_of(row);
    if (from_ms < row->first_click_ms)
        from_ms = row->first_click_ms;
    return from_ms < group->end_ms ? cut(group, look, from_ms, group->end_ms, DAY_MS) : JALON_OK;
}

/* Adds up what was cut, by the looks. */
static int count_clicks(struct store *store, struct group *group)
{
    size_t stretches = 0, wanted = 0;
    free(group->humans);
    group->humans = calloc(group->moment_count + 1, sizeof *group->humans);
    struct click_source *sources = calloc(group->source_count + 1, sizeof *sources);
    if (!group->humans || !sources) {
        free(sources);
        return JALON_NO_MEMORY;
    }
    const struct click_source *source = group->sources, *end = group->sources + group->source_count;
    for (size_t i = 0; i < group->look_count; i++) {
        struct look *look = &group->looks[i];
        look->first_stretch = stretches;
        for (; source < end && source->row == look->row; source++) {
            if (look->moment_count == 0)
                continue;
            sources[wanted] = *source;
            sources[wanted].cuts =
                (struct click_cuts){group->moments_ms + look->first_moment, look->moment_count};
            sources[wanted].humans = group->humans + stretches;
            sources[wanted++].invalid = group->invalid; /* of no interest */
        }
        stretches += look->moment_count ? look->moment_count - 1 : 0;
    }
    int err = clicks_sum(store, sources, wanted, NULL);
    free(sources);
    return err;
}

static void sum_row(const struct group *group, const struct look *look)
{
    struct residual_row *row = &group->rows[look->row];
    for (size_t i = 0; i + 1 < look->moment_count; i++) {
        int64_t start_ms = group->moments_ms[look->first_moment + i];
        int64_t humans = group->humans[look->first_stretch + i];
        row->clicks += humans;
        for (size_t point = 0; point < RESIDUAL_POINTS; point++)
            if (start_ms < zero_of(row) + point_days[point] * DAY_MS)
                row->by[point] += humans;
    }
}

/* The stretch by whose end half of the row's clicks had come; false when there are none. *clicks is what came
 * before the look's first moment, and then before that stretch. */
static bool find_middle(const struct group *group, const struct look *look, int64_t *clicks,
                        size_t *ret_stretch)
{
    const struct residual_row *row = &group->rows[look->row];
    for (size_t i = 0; i + 1 < look->moment_count && row->clicks; i++) {
        int64_t humans = group->humans[look->first_stretch + i];
        if ((*clicks + humans) * 2 >= row->clicks) {
            *ret_stretch = i;
            return true;
        }
        *clicks += humans;
    }
    return false;
}

/* Cuts the stretches with the middle clicks by quarter-hours; before[i] is what came before that of look i. */
static int cut_middles(struct group *group, int64_t *before)
{
    int64_t(*middles)[2] = calloc(group->look_count + 1, sizeof *middles);
    if (!middles)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < group->look_count; i++) {
        const struct look *look = &group->looks[i];
        size_t stretch;
        if (!find_middle(group, look, &before[i], &stretch))
            continue;
        middles[i][0] = group->moments_ms[look->first_moment + stretch];
        middles[i][1] = group->moments_ms[look->first_moment + stretch + 1];
    }
    int err = JALON_OK;
    group->moment_count = 0;
    for (size_t i = 0; i < group->look_count && !err; i++) {
        group->looks[i].moment_count = 0;
        if (middles[i][0] < middles[i][1])
            err = cut(group, &group->looks[i], middles[i][0], middles[i][1], QUARTER_MS);
    }
    free(middles);
    return err;
}

static void set_half_lives(const struct group *group, int64_t *before)
{
    for (size_t i = 0; i < group->look_count; i++) {
        const struct look *look = &group->looks[i];
        struct residual_row *row = &group->rows[look->row];
        size_t stretch;
        if (find_middle(group, look, &before[i], &stretch))
            row->half_life_ms = group->moments_ms[look->first_moment + stretch + 1] - zero_of(row);
    }
}

static int find_half_lives(struct store *store, struct group *group)
{
    int64_t *before = calloc(group->look_count + 1, sizeof *before);
    int err = before ? cut_middles(group, before) : JALON_NO_MEMORY;
    if (err == JALON_OK)
        err = count_clicks(store, group);
    if (err == JALON_OK)
        set_half_lives(group, before);
    free(before);
    return err;
}

/* A look for each row of the group's sources. */
static int add_looks(struct group *group)
{
    group->look_count = group->moment_count = 0;
    for (size_t i = 0; i < group->source_count; i++) {
        if (i > 0 && group->sources[i].row == group->sources[i - 1].row)
            continue;
        int err = array_reserve((void **)&group->looks, &group->look_capacity,
                                group->look_count + 1, sizeof *group->looks);
        if (err)
            return err;
        struct look *look = &group->looks[group->look_count++];
        *look = (struct look){.row = group->sources[i].row};
        err = cut_by_days(group, look);
        if (err)
            return err;
    }
    return JALON_OK;
}

static int measure_group(struct store *store, struct group *group)
{
    int err = add_looks(group);
    if (err == JALON_OK)
        err = count_clicks(store, group);
    if (err)
        return err;
    for (size_t i = 0; i < group->look_count; i++)
        sum_row(group, &group->looks[i]);
    return find_half_lives(store, group);
}

/* How many of `sources` make the next group: whole rows. */
static size_t group_size(const struct click_source *sources, size_t count)
{
    size_t size = count < SOURCES_A_GROUP ? count : SOURCES_A_GROUP;
    while (size < count && sources[size].row == sources[size - 1].row)
        size++;
    return size;
}

int residual_measure(struct store *store, struct residual_row *rows,
                     const struct click_source *sources, size_t count, int64_t now_ms)
{
    struct group group = {.rows = rows, .end_ms = floor_to(now_ms, DAY_MS) + 2 * DAY_MS};
    int err = JALON_OK;
    for (size_t from = 0; from < count && !err; from += group.source_count) {
        group.sources = sources + from;
        group.source_count = group_size(sources + from, count - from);
        err = measure_group(store, &group);
    }
    free(group.looks);
    free(group.moments_ms);
    free(group.humans);
    return err;
}
