/* SPDX-License-Identifier: MIT */
/*
 * kernel WORDS...: the kernel as a process, with modelled units alone; the log goes to stderr, the exit status is that
 * of `run.sh`. Much faster than in an emulator, so for many runs: see tests/fuzz/measure/.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/options.h"
#include "tests/host/process/process.h"

static int run(const struct boot_info *boot)
{
	kernel_main(boot);
}

int main(int count, char **words)
{
	static char line[OPTIONS_LINE_BYTES] = "units=model";
	size_t used = strlen(line);

	for (int i = 1; i < count; i++) {
		used += (size_t)snprintf(line + used, sizeof(line) - used, " %s", words[i]);
		if (used >= sizeof(line)) {
			fprintf(stderr, "kernel: more than %d characters\n",
				OPTIONS_LINE_BYTES - 1);
			return EXIT_FAILURE;
		}
	}
	process_is_loud = true;
	return process_start(run, line);
}
