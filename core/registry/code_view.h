/* code_view.h - the promo codes of one brand that share a folded form: their validities never overlap. */
#ifndef REGISTRY_CODE_VIEW_H
#define REGISTRY_CODE_VIEW_H
#include "core/base/buffer.h"
#include "core/ledger/attribution.h"

#define CODE_FOLDED_MAX 65 /* with the NUL */
#define CODES_A_RECORD_MAX 16
#define REDEMPTION_NAME_MAX (CODE_FOLDED_MAX + 8)

struct code_view { /* slices borrow from the record's `text` */
    struct slice code, folded, campaign, creator, discount; /* code: as issued */
    struct slice replaced_by;                               /* as issued; empty: not rotated */
    struct slice replaces;                                  /* as issued; empty: none */
    struct slice redemptions; /* the name of those of the code it goes back to; empty: its own */
    int64_t valid_from_ms, valid_until_ms; /* 0: open; until is exclusive */
    int64_t grace_ms;                      /* of a rotated one, past valid_until */
    int64_t max_redemptions;               /* 0: no limit */
    int64_t created_ms;
    bool is_counted; /* orders that redeem it are in its key_redemptions(): see code_limit.h */
    bool is_disabled, is_signed;
};

struct code_record {
    struct buffer text;
    size_t count; /* at most CODES_A_RECORD_MAX */
    struct code_view *codes;
};

/* From the JSON of a record of key_codes(). JALON_DAMAGED. Ended with code_record_done(). */
CHECKED int code_record_read(struct code_record *ret_record, struct slice json);
void code_record_done(struct code_record *record);

/* The name of the code's key_redemptions(): its own, or of the first of those that replaced each other, as they have
 * one limit and one story. */
void code_view_redemptions(char ret_name[REDEMPTION_NAME_MAX], const struct code_record *record,
                           const struct code_view *code);

/* VALID, NOT_YET_VALID or NO_LONGER_VALID for an order of that moment, grace included. */
enum verdict code_view_judge(const struct code_view *code, int64_t occurred_ms);
bool code_view_covers(const struct code_view *code, int64_t occurred_ms);
/* Is there a moment at which both it, grace included, and another code of that validity would hold? */
bool code_view_overlaps(const struct code_view *code, int64_t from_ms, int64_t until_ms);
/* "active", "disabled" or "expired" (now past its validity); static. */
const char *code_view_state(const struct code_view *code, int64_t now_ms);
#endif
