#include "admin/export.h"
#include "admin/csv_out.h"
#include "admin/output.h"
#include "core/base/json_out.h"
#include "core/ledger/moment.h"

#include <assert.h>

#define OUT_SIZE (256 * 1024) /* printed when full; a row is far smaller */
#define ROW_ROOM (64 * 1024)
#define LABELS_MAX 1024
#define ROWS_A_LOOK 4096 /* at the clock, for the progress bar */

static int take_format(struct export *export)
{
    const char *format = options_value(export->session->options, "format");
    export->is_json = export->session->format == FORMAT_JSON;
    if (!format || export->is_json || export->session->format == FORMAT_CSV)
        return JALON_OK;
    return session_usage(export->session, "an export is no table: choose --format csv or json");
}

static int take_moment(struct export *export, const char *name, bool *ret_is_given, int64_t *ret_ms)
{
    struct slice text = options_slice(export->session->options, name);
    *ret_is_given = text.size > 0;
    if (text.size == 0 || moment_parse(ret_ms, text) == JALON_OK)
        return JALON_OK;
    return session_usage(export->session,
                         "--%s: \"%.*s\" is no moment: write it as 2026-11-29T00:00:00Z", name,
                         SLICE_ARG(text));
}

static int check_campaigns(struct export *export)
{
    for (size_t i = 0; i < export->campaign_count; i++) {
        json_t *campaign;
        int err = campaign_show(&export->session->registry, export->campaigns[i], &campaign,
                                &export->session->problem);
        if (err)
            return err;
        json_decref(campaign);
    }
    return JALON_OK;
}

static void write_header(struct export *export)
{
    struct csv_out csv;
    csv_out_start(&csv, &export->out);
    for (size_t i = 0; i < export->column_count; i++)
        csv_out_cell(&csv, slice_of_string(export->columns[i].name));
    csv_out_end_row(&csv);
}

/* What stands before each value: written once, not once a row. */
static int make_labels(struct export *export)
{
    buffer_init(&export->labels, LABELS_MAX);
    for (size_t i = 0; i < export->column_count; i++) {
        buffer_append_byte(&export->labels, i ? ',' : '{');
        json_out_string(&export->labels, slice_of_string(export->columns[i].name));
        buffer_append_byte(&export->labels, ':');
        export->label_ends[i] = export->labels.size;
    }
    return buffer_error(&export->labels);
}

int export_start(struct export *export, struct session *session, const char *things,
                 const struct export_column *columns, size_t column_count)
{
    *export = (struct export){.session = session, .columns = columns, .column_count = column_count};
    assert(column_count <= EXPORT_COLUMNS_MAX);
    export->is_wide = options_has(session->options, "wide");
    while (!export->is_wide && columns[export->column_count - 1].is_wide)
        export->column_count--;
    buffer_init(&export->out, OUT_SIZE);
    progress_start(&export->progress, "exporting", things);
    export->campaign_count =
        options_list(session->options, "campaign", export->campaigns, OPTION_VALUES_MAX);
    int err = make_labels(export);
    if (!err)
        err = take_format(export);
    if (!err)
        err = take_moment(export, "from", &export->has_from, &export->from_ms);
    if (!err)
        err = take_moment(export, "to", &export->has_to, &export->to_ms);
    if (!err && export->has_from && export->has_to && export->from_ms >= export->to_ms)
        err = session_usage(session, "the range is empty: --from must be before --to");
    if (!err)
        err = check_campaigns(export);
    if (!err && !export->is_json)
        write_header(export);
    return err;
}

static void write_list(struct buffer *out, struct slice values)
{
    buffer_append_byte(out, '[');
    for (bool is_first = true; values.size; is_first = false) {
        buffer_append_string(out, is_first ? "" : ",");
        json_out_string(out, slice_take(&values, ' '));
    }
    buffer_append_byte(out, ']');
}

static void write_value(struct buffer *out, enum export_kind kind, struct slice value)
{
    if (kind == EXPORT_LIST)
        write_list(out, value);
    else if (!value.size)
        buffer_append(out, SLICE("null"));
    else if (kind == EXPORT_NUMBER)
        buffer_append(out, value);
    else
        json_out_string(out, value);
}

static void write_json(struct export *export, const struct slice *values)
{
    size_t start = 0;
    for (size_t i = 0; i < export->column_count; i++) {
        size_t end = export->label_ends[i];
        buffer_append(&export->out, slice_of(export->labels.data + start, end - start));
        write_value(&export->out, export->columns[i].kind, values[i]);
        start = end;
    }
    buffer_append(&export->out, SLICE("}\n"));
}

int export_row(struct export *export, const struct slice *values)
{
    if (++export->progress.count % ROWS_A_LOOK == 0)
        progress_again(&export->progress);
    if (export->out.size > OUT_SIZE - ROW_ROOM) {
        int err = output_write(&export->out);
        if (err)
            return err;
    }
    if (export->is_json) {
        write_json(export, values);
        return buffer_error(&export->out);
    }
    struct csv_out csv;
    csv_out_start(&csv, &export->out);
    for (size_t i = 0; i < export->column_count; i++)
        csv_out_cell(&csv, values[i]);
    csv_out_end_row(&csv);
    return buffer_error(&export->out);
}

int export_end(struct export *export)
{
    return output_write(&export->out);
}

void export_done(struct export *export)
{
    progress_end(&export->progress);
    buffer_done(&export->out);
    buffer_done(&export->labels);
}

struct wanted { /* a visit passed on for those campaigns that are exported */
    const struct export *export;
    thing_visit *visit;
    void *context;
};

static int visit_wanted(void *context, const json_t *campaign)
{
    const struct wanted *wanted = context;
    const char *slug = json_string_value(json_object_get(campaign, "campaign"));
    if (!export_wants_campaign(wanted->export, slice_of_string(slug)))
        return JALON_OK;
    return wanted->visit(wanted->context, campaign);
}

int export_each_campaign(struct export *export, thing_visit *visit, void *context)
{
    struct wanted wanted = {export, visit, context};
    return campaign_list(&export->session->registry, visit_wanted, &wanted,
                         &export->session->problem);
}

bool export_wants_campaign(const struct export *export, struct slice campaign)
{
    for (size_t i = 0; i < export->campaign_count; i++)
        if (slice_equal(export->campaigns[i], campaign))
            return true;
    return export->campaign_count == 0;
}
