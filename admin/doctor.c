#include "admin/doctor.h"
#include "admin/handlers.h"
#include "admin/list_out.h"
#include "admin/terminal.h"
#include "core/registry/thing.h"

#include <stdarg.h>
#include <unistd.h>

#define TEXT_MAX 1024

static const struct {
    const char *name;
    doctor_check *check;
} checks[] = {
    {"folder", doctor_folder},   {"settings", doctor_settings},       {"keys", doctor_keys},
    {"secrets", doctor_secrets}, {"databases", doctor_databases},     {"time zones", doctor_zones},
    {"store", doctor_store},     {"persistence", doctor_persistence}, {"clock", doctor_clock},
    {"jalond", doctor_jalond},   {"journal", doctor_journal},
};

static const struct {
    const char *name, *color;
} verdicts[] = {
    [DOCTOR_OK] = {"ok", "\033[32m"},
    [DOCTOR_WARN] = {"warn", "\033[33m"},
    [DOCTOR_FAIL] = {"fail", "\033[31m"},
};

static const struct list_column columns[] = {
    {"check", "Check", 0}, {"verdict", "Verdict", 0}, {"detail", "Detail", 0}, {0}};

static void print_line(const struct doctor *doctor, enum doctor_verdict verdict, const char *text)
{
    bool has_color = terminal_has_color(stdout);
    printf("%s%-4s%s  %-12s ", has_color ? verdicts[verdict].color : "", verdicts[verdict].name,
           has_color ? "\033[0m" : "", doctor->check);
    terminal_print_wrapped(stdout, 19, 19, text);
}

static int list_line(struct doctor *doctor, enum doctor_verdict verdict, const char *text)
{
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "check", slice_of_string(doctor->check));
    thing_put_text(&thing, "verdict", slice_of_string(verdicts[verdict].name));
    thing_put_text(&thing, "detail", slice_of_string(text));
    json_t *json;
    int err = thing_end(&thing, &json);
    if (err)
        return err;
    err = list_out_add(doctor->list, json);
    json_decref(json);
    return err;
}

void doctor_say(struct doctor *doctor, enum doctor_verdict verdict, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* cut to fit */
    va_end(arguments);
    doctor->failed += verdict == DOCTOR_FAIL;
    if (!doctor->list)
        print_line(doctor, verdict, text);
    else if (!doctor->error)
        doctor->error = list_line(doctor, verdict, text);
}

void doctor_say_problem(struct doctor *doctor, enum doctor_verdict verdict)
{
    struct problem *problem = &doctor->session->problem;
    if (problem->field_count == 0)
        doctor_say(doctor, verdict, "%s", problem->detail);
    for (size_t i = 0; i < problem->field_count; i++)
        doctor_say(doctor, verdict, "%s: %s", problem->fields[i].pointer + 1,
                   problem->fields[i].detail);
    problem_init(problem);
}

bool doctor_is_jalond_running(const struct doctor *doctor)
{
    int lock;
    int err = folder_lock(&lock, doctor->session->folder, "jalond.lock", false);
    if (!err)
        (void)close(lock); /* nothing was written */
    return err == JALON_LOCKED;
}

static void run_checks(struct doctor *doctor)
{
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        doctor->check = checks[i].name;
        checks[i].check(doctor);
    }
}

int doctor_run(struct session *session)
{
    struct doctor doctor = {.session = session};
    int err = session->format == FORMAT_TABLE
                  ? JALON_OK
                  : list_out_new(&doctor.list, session->format, columns);
    if (err)
        return err;
    run_checks(&doctor);
    err = doctor.error;
    if (!err && doctor.list)
        err = list_out_end(doctor.list);
    list_out_free(doctor.list);
    if (!err && doctor.failed)
        err = problem_set(&session->problem, PROBLEM_INVALID,
                          "%zu of the checks failed: do what their lines say", doctor.failed);
    return err;
}
