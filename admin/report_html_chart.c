#include "admin/report_html_chart.h"
#include "admin/html_out.h"
#include "admin/report_words.h"

#define CHART_WIDTH 1000
#define CHART_HEIGHT 100
#define CURVES_MAX 8

static const struct cell *cell_at(const struct report_page *page, size_t row, size_t column)
{
    return column < page->heading->column_count ? &page->rows[row][column] : NULL;
}

static void append_cell(struct report_html *html, const struct report_page *page, size_t row,
                        size_t column)
{
    report_words_value(&html->words, page, page->rows[row], column);
    report_html_words(html);
}

static void append_label(struct report_html *html, const char *english)
{
    html_text(html->out, slice_of_string(language_text(html->language, english)));
}

/* The rows of one campaign; of all, where rows do not say which they are of. */
struct strip {
    const struct report_page *page;
    struct slice campaign;
    size_t first, last, count; /* rows */
    int64_t most;
};

static bool is_of(const struct strip *strip, size_t row)
{
    const struct cell *campaign =
        cell_at(strip->page, row, report_words_column(strip->page, "campaign"));
    return !campaign || slice_equal(campaign->text, strip->campaign);
}

static int64_t clicks_of(const struct strip *strip, size_t row)
{
    const struct cell *clicks =
        cell_at(strip->page, row, report_words_column(strip->page, "clicks"));
    return clicks && clicks->kind == CELL_COUNT ? clicks->number : 0;
}

static void measure(struct strip *strip)
{
    for (size_t row = 0; row < strip->page->row_count; row++) {
        if (!is_of(strip, row))
            continue;
        if (strip->count++ == 0)
            strip->first = row;
        strip->last = row;
        if (clicks_of(strip, row) > strip->most)
            strip->most = clicks_of(strip, row);
    }
}

static void append_most(struct report_html *html, const struct strip *strip)
{
    append_label(html, "at most");
    buffer_append_byte(html->out, ' ');
    buffer_printf(&html->words, "%lld", (long long)strip->most);
    language_number(html->out, html->language, buffer_slice(&html->words));
    buffer_clear(&html->words);
}

static void append_strip_words(struct report_html *html, const struct strip *strip)
{
    append_label(html, "Clicks over time");
    if (strip->campaign.size) {
        buffer_append_string(html->out, " · ");
        html_text(html->out, strip->campaign);
    }
    buffer_append_string(html->out, " · ");
    append_most(html, strip);
}

/* One path for all bars: pages of thousands of hours stay small. */
static void append_bars(struct buffer *out, const struct strip *strip)
{
    size_t at = 0;
    buffer_printf(out, "<path class=\"area\" d=\"M0 %d", CHART_HEIGHT);
    for (size_t row = 0; row < strip->page->row_count; row++) {
        if (!is_of(strip, row))
            continue;
        at++;
        double height = (double)clicks_of(strip, row) * CHART_HEIGHT / (double)strip->most;
        buffer_printf(out, "V%.2fH%.2f", CHART_HEIGHT - height,
                      (double)at * CHART_WIDTH / (double)strip->count);
    }
    buffer_printf(out, "V%dZ\"/>", CHART_HEIGHT);
}

static void append_svg(struct buffer *out)
{
    buffer_printf(out, "\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\">", CHART_WIDTH,
                  CHART_HEIGHT);
}

static void append_strip(struct report_html *html, struct slice campaign,
                         const struct report_page *page)
{
    struct strip strip = {.page = page, .campaign = campaign};
    size_t start = report_words_column(page, "start");
    measure(&strip);
    if (strip.most == 0)
        return;
    buffer_append_string(html->out, "<figure><figcaption>");
    append_strip_words(html, &strip);
    buffer_append_string(html->out, "</figcaption><svg class=\"chart\" role=\"img\" aria-label=\"");
    append_strip_words(html, &strip);
    append_svg(html->out);
    append_bars(html->out, &strip);
    buffer_append_string(html->out, "</svg><div class=\"ends\"><span>");
    append_cell(html, page, strip.first, start);
    buffer_append_string(html->out, "</span><span>");
    append_cell(html, page, strip.last, start);
    buffer_append_string(html->out, "</span></div></figure>\n");
}

static void append_strips(struct report_html *html, const struct report_page *page)
{
    bool is_split = report_words_column(page, "campaign") < page->heading->column_count;
    for (size_t i = 0; is_split && i < page->heading->campaign_count; i++)
        append_strip(html, page->heading->campaigns[i], page);
    if (!is_split)
        append_strip(html, SLICE_NONE, page);
}

/* Points of a curve, at even steps: what is right for days 1 and 90 at once. */
static const struct {
    const char *field, *days;
} points[] = {{"share_by_1d", "1"},  {"share_by_2d", "2"},   {"share_by_3d", "3"},
              {"share_by_7d", "7"},  {"share_by_14d", "14"}, {"share_by_28d", "28"},
              {"share_by_90d", "90"}};
#define POINT_COUNT (sizeof points / sizeof *points)

static bool has_curve(const struct report_page *page, size_t row)
{
    const struct cell *first = cell_at(page, row, report_words_column(page, points[0].field));
    return first && first->kind == CELL_RATIO;
}

/* From all of the clicks at publication down to what came after 90 days; it ends where days are not over. */
static void append_curve(struct buffer *out, const struct report_page *page, size_t row,
                         size_t number)
{
    buffer_printf(out, "<path class=\"curve c%zu\" d=\"M0 0", number);
    for (size_t i = 0; i < POINT_COUNT; i++) {
        const struct cell *share = cell_at(page, row, report_words_column(page, points[i].field));
        if (share && share->kind == CELL_RATIO)
            buffer_printf(out, "L%.1f %.2f", (double)(i + 1) * CHART_WIDTH / (double)POINT_COUNT,
                          share->ratio * CHART_HEIGHT);
    }
    buffer_append_string(out, "\"/>");
}

static void append_legend(struct report_html *html, const struct report_page *page,
                          const size_t *rows, size_t count)
{
    size_t campaign = report_words_column(page, "campaign");
    buffer_append_string(html->out, "<ul class=\"legend\">");
    for (size_t i = 0; i < count; i++) {
        buffer_printf(html->out,
                      "<li><svg viewBox=\"0 0 30 10\" aria-hidden=\"true\">"
                      "<path class=\"curve c%zu\" d=\"M0 5H30\"/></svg>",
                      i);
        report_html_name(html, page, page->rows[rows[i]]);
        if (campaign < page->heading->column_count) {
            buffer_append_string(html->out, " · ");
            append_cell(html, page, rows[i], campaign);
        }
        buffer_append_string(html->out, "</li>");
    }
    buffer_append_string(html->out, "</ul>");
}

static void append_days(struct report_html *html)
{
    buffer_append_string(html->out, "<div class=\"ends\"><span>0</span>");
    for (size_t i = 0; i < POINT_COUNT; i++)
        buffer_printf(html->out, "<span>%s</span>", points[i].days);
    buffer_append_string(html->out, "</div>");
}

static void append_curve_words(struct report_html *html, bool is_cut)
{
    append_label(html, "Clicks still to come");
    buffer_append_string(html->out, " (0–100");
    html_text(html->out, slice_of_string(html->language->percent));
    buffer_append_string(html->out, ") · ");
    append_label(html, "days after publication");
    if (is_cut) {
        buffer_append_string(html->out, " · ");
        append_label(html, "the first 8 rows that have figures");
    }
}

static void append_curves(struct report_html *html, const struct report_page *page)
{
    size_t rows[CURVES_MAX + 1], count = 0;
    for (size_t row = 0; row < page->row_count && count <= CURVES_MAX; row++)
        if (has_curve(page, row))
            rows[count++] = row;
    bool is_cut = count > CURVES_MAX;
    count = is_cut ? CURVES_MAX : count;
    if (count == 0)
        return;
    buffer_append_string(html->out, "<figure><figcaption>");
    append_curve_words(html, is_cut);
    buffer_append_string(html->out, "</figcaption><svg class=\"chart\" role=\"img\" aria-label=\"");
    append_curve_words(html, is_cut);
    append_svg(html->out);
    for (size_t i = 0; i < count; i++)
        append_curve(html->out, page, rows[i], i);
    buffer_append_string(html->out, "</svg>");
    append_days(html);
    append_legend(html, page, rows, count);
    buffer_append_string(html->out, "</figure>\n");
}

void report_html_charts(struct report_html *html, const struct report_page *page)
{
    if (strcmp(page->heading->report, "timeline") == 0)
        append_strips(html, page);
    if (strcmp(page->heading->report, "residual") == 0)
        append_curves(html, page);
}

double report_html_scale(const struct report_page *page, size_t index)
{
    double most = 0;
    for (size_t row = 0; row < page->row_count; row++) {
        const struct cell *high = &page->rows[row][index + 2]; /* that of a bar which is drawn */
        if (high->kind == CELL_RATIO && high->ratio > most)
            most = high->ratio;
    }
    return most;
}

#define BAR_WIDTH 98 /* of 100, with the whisker's ends */

static void append_band(struct buffer *out, const struct usual *usual, double scale)
{
    double low = usual->low / scale * BAR_WIDTH, high = usual->high / scale * BAR_WIDTH;
    if (low >= BAR_WIDTH)
        return; /* none of it is on the scale */
    if (high > BAR_WIDTH)
        high = BAR_WIDTH;
    buffer_printf(out, "<rect class=\"u\" x=\"%.2f\" width=\"%.2f\" height=\"10\"/>", low + 1,
                  high - low);
}

void report_html_whisker(struct buffer *out, const struct cell *cells, double scale,
                         const struct usual *usual)
{
    if (cells[1].kind != CELL_RATIO || cells[2].kind != CELL_RATIO || scale <= 0)
        return;
    double low = cells[1].ratio / scale * BAR_WIDTH + 1,
           high = cells[2].ratio / scale * BAR_WIDTH + 1;
    buffer_append_string(out,
                         "<svg class=\"w\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
                         "aria-hidden=\"true\">");
    if (usual)
        append_band(out, usual, scale);
    buffer_printf(out,
                  "<rect x=\"1\" y=\"2\" width=\"%.2f\" height=\"6\"/>"
                  "<path d=\"M%.2f 5H%.2fM%.2f 1V9M%.2f 1V9\"/></svg>",
                  cells[0].ratio / scale * BAR_WIDTH, low, high, low, high);
}
