#include "admin/command.h"
#include "admin/complaint.h"
#include "admin/help.h"
#include "admin/suggest.h"

#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

struct line { /* a command line on its way to being understood */
    int argc;
    char **argv; /* argv[0] is the last word that was understood */
    bool is_help;
    struct option_table globals; /* until the command is known */
    struct option_table table;   /* its own */
    struct options options;      /* borrow from both tables */
    struct problem problem;
};

static int refuse(struct line *line)
{
    complain(stderr, &line->problem, &line->table);
    return EXIT_USAGE;
}

static int print_version(void)
{
    return printf("jalon %s\n", JALON_VERSION) < 0 ? EXIT_FAILED : EXIT_DONE;
}

static bool is_noun(const char *noun)
{
    for (size_t i = 0; command_noun_at(i); i++)
        if (strcmp(command_noun_at(i)->noun, noun) == 0)
            return true;
    return false;
}

/* The command of a noun and a verb; with verb NULL the noun's only one, if it has no verbs. */
static const struct command *find_command(const char *noun, const char *verb)
{
    for (size_t i = 0; command_at(i); i++) {
        const struct command *command = command_at(i);
        if (strcmp(command->noun, noun) != 0)
            continue;
        if (verb ? command->verb && strcmp(command->verb, verb) == 0 : !command->verb)
            return command;
    }
    return NULL;
}

static int refuse_noun(const char *noun)
{
    struct suggestion suggestion;
    suggestion_init(&suggestion, slice_of_string(noun));
    for (size_t i = 0; command_noun_at(i); i++)
        suggestion_try(&suggestion, command_noun_at(i)->noun);
    fprintf(stderr, "jalon: there is no command %s: ", noun);
    if (suggestion.best)
        fprintf(stderr, "did you mean %s?\n", suggestion.best);
    else
        fprintf(stderr, "\"jalon --help\" lists those there are\n");
    return EXIT_USAGE;
}

static int refuse_verb(const char *noun, const char *verb)
{
    struct suggestion suggestion;
    suggestion_init(&suggestion, slice_of_string(verb));
    fprintf(stderr, "jalon: there is no command %s %s: ", noun, verb);
    for (size_t i = 0; command_at(i); i++)
        if (strcmp(command_at(i)->noun, noun) == 0)
            suggestion_try(&suggestion, command_at(i)->verb);
    if (suggestion.best)
        fprintf(stderr, "did you mean %s?\n", suggestion.best);
    else
        fprintf(stderr, "\"jalon %s --help\" lists those there are\n", noun);
    return EXIT_USAGE;
}

/* A reader that went away (| head) wants no complaint. */
static bool is_reader_gone(void)
{
    struct pollfd output = {.fd = fileno(stdout)};
    return poll(&output, 1, 0) == 1 && output.revents & (POLLERR | POLLHUP);
}

static int flush_output(struct session *session)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return JALON_OK;
    problem_init(&session->problem); /* whatever it was, this is why */
    return problem_set(&session->problem, PROBLEM_INTERNAL,
                       "standard output can't be written: free some room there");
}

static int run(const struct command *command, struct line *line)
{
    struct session session;
    int err = session_init(&session, command, &line->options);
    if (!err)
        err = session_open(&session, command->needs);
    if (!err)
        err = command->run(&session);
    int output_err = flush_output(&session);
    if (!err)
        err = output_err;
    if (err && !(output_err && is_reader_gone())) {
        (void)session_fail(&session, err, NULL); /* words, where there are none yet */
        complain(stderr, &session.problem, &line->table);
    }
    int code = !err ? EXIT_DONE : session.is_usage ? EXIT_USAGE : EXIT_FAILED;
    session_done(&session);
    return code;
}

/* An argument that stands for an option, as post's URL does for --url, is that option. */
static int take_key(const struct command *command, struct line *line)
{
    if (!command->key || line->options.argument_count == 0)
        return JALON_OK;
    const struct option_row *row =
        option_table_find_field(&line->table, slice_of_string(command->key));
    if (!row)
        return JALON_OK; /* the field that names the thing: no option */
    return options_add(&line->options, row, line->options.arguments[0], &line->problem);
}

static int check_arguments(const struct command *command, struct line *line)
{
    size_t count = line->options.argument_count;
    if (count < command->argument_min)
        return problem_set(&line->problem, PROBLEM_INVALID,
                           "%s is missing: write jalon %s%s%s %s, and see its --help",
                           command->arguments, command->noun, command->verb ? " " : "",
                           command->verb ? command->verb : "", command->arguments);
    if (count > command->argument_max)
        return problem_set(
            &line->problem, PROBLEM_INVALID,
            "\"%s\" is one argument too many: quote what belongs together, and see --help",
            line->options.arguments[command->argument_max]);
    int err = take_key(command, line);
    return err ? err : options_check_required(&line->options, &line->table, &line->problem);
}

static int run_command(const struct command *command, struct line *line)
{
    command_options(command, &line->table);
    int next;
    if (options_parse(&line->options, &line->table, line->argc, line->argv, false, &next,
                      &line->problem))
        return refuse(line);
    if (line->is_help || options_has(&line->options, "help")) {
        help_print_command(stdout, command);
        return EXIT_DONE;
    }
    if (options_has(&line->options, "version"))
        return print_version();
    if (check_arguments(command, line))
        return refuse(line);
    return run(command, line);
}

/* Options up to the next word, which becomes argv[0]; false when there is no further word. */
static bool next_word(struct line *line, int *ret_err)
{
    int next;
    *ret_err = options_parse(&line->options, &line->globals, line->argc, line->argv, true, &next,
                             &line->problem);
    line->is_help |= options_has(&line->options, "help");
    if (*ret_err || next >= line->argc)
        return false;
    line->argc -= next;
    line->argv += next;
    return true;
}

static int run_noun(struct line *line)
{
    const char *noun = line->argv[0];
    if (!is_noun(noun))
        return refuse_noun(noun);
    const struct command *command = find_command(noun, NULL);
    if (command)
        return run_command(command, line);
    int err;
    if (!next_word(line, &err)) {
        if (err)
            return refuse(line);
        if (!line->is_help && options_has(&line->options, "version"))
            return print_version();
        help_print_noun(line->is_help ? stdout : stderr, noun);
        return line->is_help ? EXIT_DONE : EXIT_USAGE;
    }
    command = find_command(noun, line->argv[0]);
    return command ? run_command(command, line) : refuse_verb(noun, line->argv[0]);
}

int command_main(int argc, char **argv)
{
    /* A reader that goes away is a failed write: what was opened must still be closed. */
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL); /* can't fail */
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* what we print; without it libsmartcols escapes it */
    struct line line = {.argc = argc, .argv = argv};
    option_table_init(&line.globals);
    option_table_add(&line.globals, command_global_options);
    int err;
    bool has_word = next_word(&line, &err);
    if (err)
        return refuse(&line);
    if (!has_word && !line.is_help && options_has(&line.options, "version"))
        return print_version();
    if (has_word && strcmp(line.argv[0], "help") == 0) { /* "jalon help link add", as git has it */
        line.is_help = true;
        has_word = next_word(&line, &err);
        if (err)
            return refuse(&line);
    }
    if (has_word)
        return run_noun(&line);
    help_print_top(line.is_help ? stdout : stderr);
    return line.is_help ? EXIT_DONE : EXIT_USAGE;
}
