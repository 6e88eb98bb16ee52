/* The codes of a brand that share a folded form, under that form:
 *   {"v":1,"folded":TEXT,"codes":[{"code":TEXT,"campaign":SLUG,"creator":SLUG,"discount":TEXT?,
 *    "valid_from_ms":N?,"valid_until_ms":N?,"grace_ms":N?,"replaced_by":TEXT?,"replaces":TEXT?,"redemptions":NAME?,
 *    "max_redemptions":N?,"counted":true?,"signed":true?,"disabled":true?,"created_ms":N}…]}  in the order they were made
 * A rotated code ends, plus grace_ms, when it was replaced; its successor counts redemptions under the same name. */
#include "core/registry/code_view.h"

#include "core/registry/view_reader.h"

#include <stdlib.h>

static void read_code(struct view_reader *reader, struct code_view *code,
                      const struct record_value *from)
{
    code->code = view_text_needed(reader, from, "code");
    code->campaign = view_text_needed(reader, from, "campaign");
    code->creator = view_text_needed(reader, from, "creator");
    code->discount = view_text(reader, from, "discount");
    code->replaced_by = view_text(reader, from, "replaced_by");
    code->replaces = view_text(reader, from, "replaces");
    code->redemptions = view_text(reader, from, "redemptions");
    if (code->redemptions.size >= REDEMPTION_NAME_MAX)
        view_damaged(reader);
    code->valid_from_ms = view_number(reader, from, "valid_from_ms", 0);
    code->valid_until_ms = view_number(reader, from, "valid_until_ms", 0);
    code->grace_ms = view_number(reader, from, "grace_ms", 0);
    code->max_redemptions = view_number(reader, from, "max_redemptions", 0);
    code->created_ms = view_number(reader, from, "created_ms", 0);
    /* Those that replaced each other are counted together, whichever of them has a limit. */
    code->is_counted = view_flag(reader, from, "counted") || code->max_redemptions ||
                       code->replaces.size || code->replaced_by.size;
    code->is_signed = view_flag(reader, from, "signed");
    code->is_disabled = view_flag(reader, from, "disabled");
    if (code->grace_ms < 0 || code->grace_ms > INT64_C(1) << 48)
        view_damaged(reader);
}

int code_record_read(struct code_record *ret_record, struct slice json)
{
    struct code_record record = {0};
    struct view_reader reader;
    int err = view_reader_start(&reader, &record.text, json, 1);
    if (err)
        return err;
    struct slice folded = view_text_needed(&reader, reader.root, "folded");
    const struct record_value *codes = view_list(&reader, reader.root, "codes", CODES_A_RECORD_MAX);
    record.codes = calloc(view_count(codes) + 1, sizeof *record.codes);
    record.count = record.codes ? view_count(codes) : 0;
    const struct record_value *code = record_first(codes);
    for (size_t i = 0; i < record.count; i++, code = record_next(code)) {
        record.codes[i].folded = folded;
        read_code(&reader, &record.codes[i], code);
    }
    if (!record.codes)
        reader.error = JALON_NO_MEMORY;
    err = view_reader_end(&reader);
    if (err)
        free(record.codes);
    else
        *ret_record = record;
    return err;
}

void code_record_done(struct code_record *record)
{
    buffer_done(&record->text);
    free(record->codes);
    record->codes = NULL;
}

/* A text that is used again after its validity is another code, with redemptions of its own. */
void code_view_redemptions(char ret_name[REDEMPTION_NAME_MAX], const struct code_record *record,
                           const struct code_view *code)
{
    struct buffer name;
    buffer_over(&name, ret_name, REDEMPTION_NAME_MAX - 1);
    size_t index = (size_t)(code - record->codes);
    buffer_append(&name, code->redemptions.size ? code->redemptions : code->folded);
    if (index && code->redemptions.size == 0) {
        buffer_append_byte(&name, '.');
        buffer_append_u64(&name, index);
    }
    ret_name[name.size] = '\0';
}

enum verdict code_view_judge(const struct code_view *code, int64_t occurred_ms)
{
    if (code->valid_from_ms && occurred_ms < code->valid_from_ms)
        return VERDICT_NOT_YET_VALID;
    if (code->valid_until_ms && occurred_ms - code->grace_ms >= code->valid_until_ms)
        return VERDICT_NO_LONGER_VALID;
    return VERDICT_VALID;
}

bool code_view_covers(const struct code_view *code, int64_t occurred_ms)
{
    return code_view_judge(code, occurred_ms) == VERDICT_VALID;
}

bool code_view_overlaps(const struct code_view *code, int64_t from_ms, int64_t until_ms)
{
    bool starts_after =
        code->valid_until_ms && from_ms && from_ms >= code->valid_until_ms + code->grace_ms;
    bool ends_before = until_ms && code->valid_from_ms && until_ms <= code->valid_from_ms;
    return !starts_after && !ends_before;
}

const char *code_view_state(const struct code_view *code, int64_t now_ms)
{
    if (code->is_disabled)
        return "disabled";
    return code_view_judge(code, now_ms) == VERDICT_NO_LONGER_VALID ? "expired" : "active";
}
