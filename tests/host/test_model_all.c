/*
 * The reference model against its own rules. First every group with a unit that follows the book;
 * then, once per defect of defects.def, all groups again: at least one test must notice.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/host/model_host.h"

static int run_all(void)
{
	return run_registers() + run_translate() + run_faults() + run_caches() + run_queue() +
	       run_vcmd() + run_messages();
}

/* All groups in a child that says nothing; true if something failed (or crashed) there. */
static int is_caught(unsigned int defect)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		dup2(null, 2);
		host_defect = defect;
		_exit(run_all() != 0);
	}
	waitpid(child, &status, 0);
	return status != 0;
}

int main(int argc, char **argv)
{
	unsigned int caught = 0;
	int failed;

	if (argc > 1)
		host_defect = (unsigned int)atoi(argv[1]);
	failed = run_all();
	if (failed != 0 || argc > 1)
		return failed != 0;
	for (unsigned int defect = 1; defect <= MODEL_DEFECT_COUNT; defect++) {
		if (is_caught(defect))
			caught++;
		else
			printf("not caught: %u %s (%s)\n", defect, model_defect_name(defect),
			       model_defect_meaning(defect));
	}
	printf("%u of %u defects caught\n", caught, MODEL_DEFECT_COUNT);
	return caught != MODEL_DEFECT_COUNT;
}
