/* SPDX-License-Identifier: MIT */
/*
 * Machines that run an operating system today must have a plan, and the one that is written down
 * (boards.expected); none of their units breaks a rule; the model can be each of them, and with all
 * units of a board the plan is committed and DMA goes through it.
 *
 *	test_bringup_boards print	the lines, as ./run.sh boards shows them
 */
#include "tests/host/check.h"

#include <stdio.h>
#include <string.h>

#include "tests/host/bringup/board_list.h"
#include "tests/host/bringup/bringup_check.h"

#define LIST	 "tests/host/bringup/boards.tsv"
#define EXPECTED "tests/host/bringup/boards.expected"

static FILE *open_list(const char *name)
{
	FILE *file = fopen(name, "r");

	if (!file)
		fail_msg("cannot read %s: start in the top directory", name);
	return file;
}

/* Calls `visit` for every board; returns their number. */
static unsigned int for_each_board(void (*visit)(const struct board *board))
{
	static struct board board;
	FILE *list = open_list(LIST);
	unsigned int count = 0;

	for (; board_read(list, &board); count++)
		visit(&board);
	fclose(list);
	return count;
}

static void print_plan(const struct board *board)
{
	char text[BOARD_TEXT_BYTES];

	board_describe(board, text);
	printf("%s\n", text);
}

static void print_model(const struct board *board)
{
	char text[BOARD_TEXT_BYTES];

	board_describe_model(board, text);
	if (*text)
		printf("# no model of %s\n", text);
}

static void print_all(void)
{
	for_each_board(print_plan);
	for_each_board(print_model);
}

/* ---- as expected ---- */

static FILE *expected;

static void expect_line(const char *line)
{
	char wanted[BOARD_TEXT_BYTES + 40] = "";

	if (!fgets(wanted, sizeof(wanted), expected))
		fail_msg("%s ends before: %s", EXPECTED, line);
	wanted[strcspn(wanted, "\n")] = 0;
	assert_string_equal(line, wanted);
}

static void expect_plan(const struct board *board)
{
	char text[BOARD_TEXT_BYTES];

	board_describe(board, text);
	expect_line(text);
}

static void expect_model(const struct board *board)
{
	char text[BOARD_TEXT_BYTES], line[BOARD_TEXT_BYTES + 40];

	board_describe_model(board, text);
	snprintf(line, sizeof(line), "# no model of %s", text);
	if (*text)
		expect_line(line);
}

static void test_answers(void **unused)
{
	char line[40];

	(void)unused;
	expected = open_list(EXPECTED);
	assert_int_equal(for_each_board(expect_plan), 25);
	for_each_board(expect_model);
	assert_null(fgets(line, sizeof(line), expected));
	fclose(expected);
}

/* ---- whatever is written down ---- */

static void must_be_planned(const struct board *board)
{
	static struct bringup_plan plan;

	if (!board_plan(board, &plan))
		fail_msg("%s: refused: %s", board->name, plan.refusal.what);
	for (unsigned int i = 0; i < board->unit_count; i++)
		assert_true(bringup_unit_translates(&plan, i));
}

static void must_be_lawful(const struct board *board)
{
	for (unsigned int i = 0; i < board->unit_count; i++) {
		const struct caps_rule *broken = caps_first_broken(&board->units[i].caps);

		if (broken)
			fail_msg("%s: unit %u breaks %s", board->name, i, broken->id);
	}
}

static void must_be_modelled(const struct board *board)
{
	for (unsigned int i = 0; i < board->unit_count; i++) {
		const char *why = board_unit_not_modelled(&board->units[i]);

		if (why)
			fail_msg("%s: unit %u: %s", board->name, i, why);
	}
}

static void test_good_hardware(void **unused)
{
	(void)unused;
	for_each_board(must_be_planned);
	for_each_board(must_be_lawful);
	for_each_board(must_be_modelled);
}

/* ---- with DMA ---- */

static unsigned int run_count, unlike_count;

static void bring_up(const struct board *board)
{
	const struct bringup_request request = {
		.pasids = BRINGUP_WANTED,
		.pass_through = BRINGUP_WANTED,
		.interrupt_remapping = BRINGUP_WANTED,
	};
	char topology[BOARD_TEXT_BYTES];

	board_topology(board, topology);
	check_planned(topology, &request);
	check_committed();
	check_landing(WORLD_LANDED);
	for (unsigned int d = 0; d < world.device_count; d++)
		assert_int_equal(world_dma_outside(d), WORLD_BLOCKED);
	unlike_count += !world.plan.format.levels;
	check_released();
	run_count++;
}

static void test_dma(void **unused)
{
	(void)unused;
	for_each_board(bring_up);
	print_message("%u boards brought up with DMA, %u of them without a common depth\n",
		      run_count, unlike_count);
	assert_true(run_count == 25 && unlike_count >= 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_good_hardware),
		cmocka_unit_test(test_dma),
	};

	if (argc > 1 && !strcmp(argv[1], "print")) {
		print_all();
		return 0;
	}
	world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
