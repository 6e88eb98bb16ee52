#include "core/ledger/evidence_line.h"

struct around { /* what stands before and behind a value */
    const char *before, *after;
};

#define REASONS_MAX 10

struct evidence_words {
    struct around order, code, click_before, click_after, part, checked;
    const char *disabled, *over_limit, *next, *assist, *by_click, *by_code, *other, *nobody;
    const char *units[4]; /* days, hours, minutes, seconds */
    struct {
        const char *reason;
        bool has_code; /* the code stands in the middle */
        struct around text;
    } reasons[REASONS_MAX];
};

const struct evidence_words evidence_words_english = {
    .order = {"Order ", ": "},
    .code = {", code ", ""},
    .checked = {" (checked", ")"},
    .disabled = ", disabled then",
    .over_limit = ", over its limit",
    .click_before = {", click ", " before"},
    .click_after = {", click ", " after, by the shop's clock"},
    .part = {" (", ")"},
    .next = "; ",
    .assist = "; assist: ",
    .by_click = ", click",
    .by_code = ", code",
    .other = "another creator",
    .nobody = "nobody, as ",
    .units = {" d", " h", " min", " s"},
    .reasons =
        {
            {"no-evidence", false, {"it brought neither a click id nor a code", ""}},
            {"unknown-code", true, {"the code \"", "\" is unknown"}},
            {"mistyped-code", true, {"the code \"", "\" is mistyped"}},
            {"code-not-valid", true, {"the code \"", "\" was not valid then"}},
            {"forged-click-id", false, {"its click id is not signed by us", ""}},
            {"unknown-click-id", false, {"its click led nowhere in this campaign", ""}},
            {"late-click", false, {"its click is older than the campaign's window", ""}},
            {"click-after-conversion", false, {"its click came after it", ""}},
            {"click-not-registered-yet",
             false,
             {"its click's link is not registered yet, until a click on it is shipped", ""}},
            {"code-assists-only",
             true,
             {"under the campaign's rule the code \"", "\" can only assist"}},
        },
};

#define SPACE "\u202f" /* narrow, and no line ends at it */

const struct evidence_words evidence_words_french = {
    .order = {"Commande ", SPACE ": "},
    .code = {", code ", ""},
    .checked = {" (vérifié", ")"},
    .disabled = ", désactivé alors",
    .over_limit = ", au-delà de sa limite",
    .click_before = {", clic ", " avant"},
    .click_after = {", clic ", " après, selon l’horloge de la boutique"},
    .part = {" (", ")"},
    .next = SPACE "; ",
    .assist = SPACE "; assistance" SPACE ": ",
    .by_click = ", clic",
    .by_code = ", code",
    .other = "un autre créateur",
    .nobody = "personne, car ",
    .units = {SPACE "j", SPACE "h", SPACE "min", SPACE "s"},
    .reasons =
        {
            {"no-evidence", false, {"elle n’apporte ni clic ni code", ""}},
            {"unknown-code", true, {"le code «" SPACE, SPACE "» est inconnu"}},
            {"mistyped-code", true, {"le code «" SPACE, SPACE "» est mal saisi"}},
            {"code-not-valid", true, {"le code «" SPACE, SPACE "» n’était pas valable alors"}},
            {"forged-click-id", false, {"son identifiant de clic n’est pas signé par nous", ""}},
            {"unknown-click-id", false, {"son clic ne menait nulle part dans cette campagne", ""}},
            {"late-click", false, {"son clic est plus ancien que la fenêtre de la campagne", ""}},
            {"click-after-conversion", false, {"son clic est venu après elle", ""}},
            {"click-not-registered-yet",
             false,
             {"le lien de son clic n’est pas encore enregistré, jusqu’à l’envoi d’un clic", ""}},
            {"code-assists-only",
             true,
             {"selon la règle de la campagne, le code «" SPACE, SPACE "» ne peut qu’assister"}},
        },
};

static void write_around(struct buffer *out, struct around around, struct slice value)
{
    buffer_append_string(out, around.before);
    buffer_append(out, value);
    buffer_append_string(out, around.after);
}

/* The two largest units that it has: "3 d 4 h", "12 min 5 s", "0 s". */
static void write_age(struct buffer *out, int64_t age_ms, const struct evidence_words *words)
{
    static const int64_t unit_ms[] = {86400000, 3600000, 60000, 1000};
    size_t first = 0;
    while (first < 3 && age_ms < unit_ms[first])
        first++;
    for (size_t i = first; i < 4 && i < first + 2; i++) {
        int64_t count = age_ms / unit_ms[i];
        age_ms -= count * unit_ms[i];
        if (i > first && count == 0)
            continue;
        if (i > first)
            buffer_append_byte(out, ' ');
        buffer_append_u64(out, (uint64_t)count);
        buffer_append_string(out, words->units[i]);
    }
}

static void write_click(struct buffer *out, const struct evidence *evidence, int click,
                        const struct evidence_words *words)
{
    int64_t age_ms = evidence->occurred_ms - evidence->clicks[click].at_ms;
    struct around around = age_ms < 0 ? words->click_after : words->click_before;
    buffer_append_string(out, around.before);
    write_age(out, age_ms < 0 ? -age_ms : age_ms, words);
    buffer_append_string(out, around.after);
}

static void write_code_text(struct buffer *out, const struct evidence_line *line,
                            const struct evidence_words *words)
{
    if (line->code_text.size)
        write_around(out, words->code, line->code_text);
    else
        buffer_append_string(out, words->by_code);
}

static void write_code(struct buffer *out, const struct evidence_line *line,
                       const struct evidence_words *words)
{
    write_code_text(out, line, words);
    buffer_append_string(out, words->checked.before);
    if (line->is_code_disabled)
        buffer_append_string(out, words->disabled);
    if (line->is_code_over_limit)
        buffer_append_string(out, words->over_limit);
    buffer_append_string(out, words->checked.after);
}

static void write_name(struct buffer *out, const struct evidence_line *line, struct slice creator,
                       const struct evidence_words *words)
{
    struct slice name = line->name_of(line->context, creator);
    buffer_append(out, name.size ? name : slice_of_string(words->other));
}

static void write_credit(struct buffer *out, const struct evidence_line *line, size_t index,
                         const struct evidence_words *words)
{
    const struct credit *credit = &line->attribution->credits[index];
    write_name(out, line, credit->creator, words);
    if (line->attribution->credit_count > 1) {
        buffer_append_string(out, words->part.before);
        buffer_append_string(out, "1/");
        buffer_append_u64(out, line->attribution->credit_count);
        buffer_append_string(out, words->part.after);
    }
    if (credit->kind & EVIDENCE_CODE)
        write_code(out, line, words);
    if (credit->click >= 0)
        write_click(out, line->evidence, credit->click, words);
}

static void write_assist(struct buffer *out, const struct evidence_line *line,
                         const struct assist *assist, const struct evidence_words *words)
{
    buffer_append_string(out, words->assist);
    write_name(out, line, assist->creator, words);
    if (assist->click < 0) {
        write_code_text(out, line, words);
        return;
    }
    struct slice channel = line->evidence->clicks[assist->click].channel;
    bool is_told = line->name_of(line->context, assist->creator).size > 0;
    if (channel.size && is_told)
        write_around(out, (struct around){", ", ""}, channel);
    else
        buffer_append_string(out, words->by_click);
}

void evidence_reason_write(struct buffer *out, const char *reason, struct slice code_text,
                           const struct evidence_words *words)
{
    for (size_t i = 0; i < REASONS_MAX; i++)
        if (strcmp(words->reasons[i].reason, reason) == 0)
            write_around(out, words->reasons[i].text,
                         words->reasons[i].has_code ? code_text : SLICE_NONE);
}

void evidence_line_write(struct buffer *out, const struct evidence_line *line,
                         const struct evidence_words *words)
{
    const struct attribution *attribution = line->attribution;
    write_around(out, words->order, line->order_id);
    for (size_t i = 0; i < attribution->credit_count; i++) {
        if (i)
            buffer_append_string(out, words->next);
        write_credit(out, line, i, words);
    }
    if (attribution->unattributed) {
        buffer_append_string(out, words->nobody);
        evidence_reason_write(out, attribution->unattributed, line->code_text, words);
    }
    for (size_t i = 0; i < attribution->assist_count; i++)
        write_assist(out, line, &attribution->assists[i], words);
}
