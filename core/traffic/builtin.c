#include "core/traffic/builtin.h"

/* The assembler takes the files in as they are; core/traffic/builtin.cmake says where they lie, and
 * rebuilds this file when one changes. */
#define BUILTIN(name, file)                                                                        \
    __asm__(".pushsection .rodata\n"                                                               \
            "traffic_builtin_" #name ":\n"                                                         \
            ".incbin \"" TRAFFIC_FOLDER "/" file "\"\n"                                            \
            "traffic_builtin_" #name "_end:\n"                                                     \
            ".byte 0\n"                                                                            \
            ".globl traffic_builtin_" #name "\n"                                                   \
            ".hidden traffic_builtin_" #name "\n"                                                  \
            ".globl traffic_builtin_" #name "_end\n"                                               \
            ".hidden traffic_builtin_" #name "_end\n"                                              \
            ".popsection\n");                                                                      \
    extern const char traffic_builtin_##name[], traffic_builtin_##name##_end[];                    \
    struct slice builtin_##name(void)                                                              \
    {                                                                                              \
        uintptr_t start = (uintptr_t)traffic_builtin_##name;                                       \
        return slice_of(traffic_builtin_##name, (uintptr_t)traffic_builtin_##name##_end - start);  \
    }

BUILTIN(agents, "agents.txt")
BUILTIN(hosting, "hosting.txt")
BUILTIN(relays, "relays.txt")
