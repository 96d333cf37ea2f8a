/* SPDX-License-Identifier: MIT */
/* From the boot information to the verdict. */
#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/boot_info.h"
#include "arch/console.h"
#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/print.h"
#include "arch/processor.h"
#include "arch/string.h"
#include "arch/time.h"
#include "arch/version.h"
#include "iommu/spec/regs.h"
#include "iommu/unit/trace.h"
#include "tests/engine/agents.h"
#include "tests/engine/bench.h"
#include "tests/engine/defects.h"
#include "tests/engine/known/known.h"
#include "tests/engine/platform.h"
#include "tests/engine/resume.h"
#include "tests/engine/runner.h"
#include "tests/engine/screen/farewell.h"
#include "tests/engine/tap.h"
#include "tests/engine/witness.h"
#include "tests/fuzz/overlook.h"
#include "tests/mixed/mixed.h"
#include "tests/mixed/platform_verdict.h"

static struct options options;
static struct topology topology; /* no units: none are modelled */

/* A modelled unit that mixed looks at as if it were the machine's own. */
static bool has_stand_in(void)
{
	return options.mixed && options.topo[0] && options.units == UNITS_MODEL;
}

/* A topology is checked even where units=real leaves it unused. */
static void read_topology(void)
{
	char error[400];

	if (options.bench && (options.mixed || options.defects))
		tap_bail_out(EXIT_COULD_NOT_RUN, "bench runs alone: not with %s",
			     options.mixed ? "mixed" : "defects");
	if (options.mixed && (options.defects || (options.topo[0] && !has_stand_in())))
		tap_bail_out(EXIT_COULD_NOT_RUN, "mixed has topologies of its own: not with %s",
			     options.defects ? "defects" : "topo=");
	if (options.mixed && !has_stand_in())
		return;
	if (options.defects)
		options.units = UNITS_MODEL; /* real ones have no defects to switch */
	if (!options.topo[0] && options.units == UNITS_MODEL)
		options.topo = options.defects ? DEFECTS_TOPOLOGY : TOPOLOGY_DEFAULT;
	if (options.topo[0] && !topology_parse(options.topo, &topology, error, sizeof(error)))
		tap_bail_out(EXIT_COULD_NOT_RUN, "%s", error);
	if (has_stand_in() && topology.unit_count != 1)
		tap_bail_out(EXIT_COULD_NOT_RUN,
			     "with mixed, topo= is one unit in the real one's place, not %u",
			     topology.unit_count);
}

static void survey(const struct boot_info *boot)
{
	bool has_models = options.topo[0] && options.units != UNITS_REAL;
	char error[200];

	if (!platform_survey(boot, &options, has_models ? &topology : NULL, error, sizeof(error)))
		tap_bail_out(EXIT_COULD_NOT_RUN, "%s", error);
}

/* Words that are missing could have said anything: which tests, which units, not to touch the real ones. */
static void refuse_what_was_cut(const struct boot_info *boot)
{
	if (boot->module_is_cut)
		tap_bail_out(EXIT_COULD_NOT_RUN,
			     "vtdcheck.txt, the boot module, is longer than %d bytes",
			     BOOT_MODULE_BYTES_MAX - 1);
	if (boot->command_line_bytes >= OPTIONS_LINE_BYTES)
		tap_bail_out(EXIT_COULD_NOT_RUN,
			     "the command line%s has %zu characters, %d are allowed",
			     boot->module_bytes ? ", with vtdcheck.txt," : "",
			     boot->command_line_bytes, OPTIONS_LINE_BYTES - 1);
}

static bool is_test(const char *id)
{
	return runner_find_test(id);
}

static void choose_profile(const struct boot_info *boot)
{
	char error[400];

	if (!known_choose(options.known, boot->module_text, error, sizeof(error)))
		tap_bail_out(EXIT_COULD_NOT_RUN, "%s", error);
	if (known_find_bad_id(is_test, error, sizeof(error)))
		tap_bail_out(EXIT_COULD_NOT_RUN,
			     "the text file given with the kernel knows a deviation of %s, "
			     "which is no test; the word list prints them all",
			     error);
}

static void read_options(const struct boot_info *boot)
{
	char error[400];

	refuse_what_was_cut(boot);
	if (!options_parse(boot->command_line, &options, error, sizeof(error)))
		tap_bail_out(EXIT_COULD_NOT_RUN, "%s", error);
	if (options.save && boot->save_obstacle)
		tap_bail_out(EXIT_COULD_NOT_RUN, "save: %s", boot->save_obstacle);
	if (options.save && options.reset)
		tap_bail_out(EXIT_COULD_NOT_RUN, "save has the machine reset at the end: not with "
						 "reset");
	if (options.x2apic && !apic_is_x2apic())
		tap_bail_out(EXIT_COULD_NOT_RUN, "x2apic: the processor has none");
	if (options.agent && !agents_is_kind(options.agent))
		tap_bail_out(EXIT_COULD_NOT_RUN, "agent=%s: known are %s", options.agent,
			     agents_kinds());
	choose_profile(boot);
	read_topology();
	if (options.mixed ? mixed_find_bad_pattern(&options, error, sizeof(error))
			  : runner_find_bad_pattern(&options, error, sizeof(error)))
		tap_bail_out(EXIT_COULD_NOT_RUN,
			     "no test matches %s; the word list prints them all", error);
}

static void print_header(const struct boot_info *boot)
{
	print("# vtdcheck %s, VT-d rev %s, boot %s, tests=%s, known=%s\n", version_text,
	      VTD_SPEC_REVISION, boot->route, options.tests, known_profile());
	print("# memory %zu MiB, TSC %llu kHz by %s\n", page_total_count() * PAGE_BYTES >> 20,
	      (unsigned long long)(time_tsc_hz() / 1000), time_source());
	print("# processor: %s\n", processor_text());
	print("# serial: %s\n", console_serial());
	if (resume_misfit())
		print("# note: a run that was to go on after a reset cannot: %s\n",
		      resume_misfit());
	if (known_note()[0])
		print("# note: %s\n", known_note());
}

/* Units need not snoop the caches (ECAP.C), so without this instruction their tables never reach memory. */
static void check_processor(void)
{
	if (!(cpu_id(1, 0).edx & CPUID_1_EDX_CLFLUSH))
		tap_bail_out(EXIT_COULD_NOT_RUN, "this processor has no CLFLUSH, so what is "
						 "written to tables cannot be made "
						 "visible to units");
}

/* Before any test: whoever built this machine wants to read it first. */
static void print_platform(void)
{
	static struct bringup_plan plan;

	if (!platform.unit_count || options.defects)
		return;
	platform_verdict_plan(&plan);
	platform_verdict_print(&plan);
}

static const char *spec_of(const char *id)
{
	const struct test *test = runner_find_test(id);

	return test ? test->spec : NULL;
}

_Noreturn static void list_deviations(void)
{
	char error[200];

	if (!known_print(spec_of, error, sizeof(error)))
		tap_bail_out(EXIT_COULD_NOT_RUN, "%s", error);
	tap_plan(0);
	tap_end(EXIT_PASS);
}

static void complain(const char *message)
{
	print("# acpi: %s\n", message);
}

static void run_mixed(void)
{
	if (has_stand_in())
		platform_take_for_real();
	mixed_run(&options);
}

_Noreturn void kernel_main(const struct boot_info *boot)
{
	resume_find(boot);
	farewell_prepare(boot, &options);
	tap_begin();
	read_options(boot);
	print_header(boot);
	if (!strcmp(known_profile(), "list"))
		list_deviations();
	if (options.list) {
		runner_list();
		tap_plan(0);
		tap_end(EXIT_PASS);
	}
	check_processor();
	if (!acpi_init(boot->rsdp, complain))
		print("# note: no ACPI tables: this machine reports no unit\n");
	survey(boot);
	resume_note_entry();
	platform_take_over();
	print_platform();
	trace_is_on = options.trace;
	if (options.verbose)
		tap_be_verbose();
	if (options.shadow && !overlook_start())
		tap_bail_out(EXIT_COULD_NOT_RUN, "no memory for the shadow");
	if (options.bench)
		bench_run(&options);
	else if (options.defects)
		defects_run(&options);
	else if (options.mixed)
		run_mixed();
	else
		runner_run(&options);
	if (!platform.unit_count && !options.mixed)
		print("# no unit was found: nothing was tested\n");
	witness_print();
	tap_end(tap_verdict());
}
