/* SPDX-License-Identifier: MIT */
/*
 * The reference model against its own rules. First every group with a unit that follows the book;
 * then, once per defect of defects.def, all groups again: at least one test must notice.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/host/model/model_host.h"

enum { CHILD_SECONDS = 20 };

static int (*const groups[])(void) = {
	run_registers, run_config,	  run_translate,    run_device_tlb,  run_faults,
	run_records,   run_caches,	  run_pasid_caches, run_queue,	     run_queue_errors,
	run_vcmd,      run_page_requests, run_interrupts,   run_first_stage, run_first_stage_caches,
	run_nested,    run_wide_pasids,	  run_reset,	    run_addresses,
};

/* How many groups failed; with `hurry` the first failure is enough. */
static int run_all(bool hurry)
{
	int failed = 0;

	for (unsigned int i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		failed += groups[i]() != 0;
		if (failed != 0 && hurry)
			break;
	}
	return failed;
}

/* All groups in a child that says nothing; true if something failed, crashed or did not end there. */
static int is_caught(unsigned int defect)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		dup2(null, 2);
		host_defect = defect;
		alarm(CHILD_SECONDS);
		exit(run_all(true) != 0);
	}
	waitpid(child, &status, 0);
	return status != 0;
}

/* Each defect in a child of its own, all from the same untouched process; returns how many got away. */
static unsigned int try_defects(void)
{
	unsigned int missed = 0;

	for (unsigned int defect = 1; defect <= MODEL_DEFECT_COUNT; defect++)
		if (!is_caught(defect)) {
			printf("not caught: %u %s (%s)\n", defect, model_defect_name(defect),
			       model_defect_meaning(defect));
			missed++;
		}
	printf("%u of %u defects caught\n", MODEL_DEFECT_COUNT - missed, MODEL_DEFECT_COUNT);
	return missed;
}

int main(int argc, char **argv)
{
	unsigned int missed;

	if (argc > 1) {
		host_defect = (unsigned int)atoi(argv[1]);
		return run_all(false) != 0;
	}
	if (is_caught(0)) {
		printf("a child without a defect fails, so that those with one prove nothing\n");
		return run_all(false) != 0 ? 1 : 2;
	}
	missed = try_defects();
	return run_all(false) != 0 || missed != 0;
}
