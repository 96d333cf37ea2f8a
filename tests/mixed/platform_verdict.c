/* SPDX-License-Identifier: MIT */
#include "tests/mixed/platform_verdict.h"

#include "arch/cpu.h"
#include "arch/print.h"
#include "tests/engine/platform.h"

/* What the processor offers for the tables of processes. */
#define CPUID_7_LA57		(1u << 16) /* ECX */
#define CPUID_80000001_1G_PAGES (1u << 26) /* EDX */

static struct survey surveys[BRINGUP_UNITS_MAX];

bool platform_verdict_plan(struct bringup_plan *plan)
{
	const struct cpuid features = cpu_id(7, 0), pages = cpu_id(0x80000001, 0);
	const struct bringup_request request = {
		.pasids = BRINGUP_WANTED,
		.pass_through = BRINGUP_WANTED,
		.interrupt_remapping = BRINGUP_WANTED,
		.leaves_untranslated = true,
		.processor_has_5_levels = features.ecx & CPUID_7_LA57,
		.processor_has_1g_pages = pages.edx & CPUID_80000001_1G_PAGES,
		.firmware = bringup_firmware(&platform.dmar),
	};

	bringup_survey(platform.units, platform.unit_count, VCMD_AUTO, surveys);
	return bringup_plan(surveys, platform.unit_count, &request, plan);
}

/* What comes of it if some units have a capability and others do not. */
static const struct {
	enum capability which;
	const char *then;
} consequences[] = {
	{ CAPABILITY_SMTS, "legacy mode for all units, no PASIDs, no SVA" },
	{ CAPABILITY_SSTS, "those without translate through a first stage, in scalable mode only" },
	{ CAPABILITY_PASID, "no SVA" },
	{ CAPABILITY_VCS, "PASIDs of all units come through VCMD of those that have it" },
	{ CAPABILITY_QI, "those without are invalidated through registers" },
	{ CAPABILITY_CM, "whatever is mapped is invalidated, too; domain 0 stays unused" },
	{ CAPABILITY_C, "tables are flushed from the processor's caches for all units" },
	{ CAPABILITY_SMPWCS, "paging structures are flushed from the processor's caches; no SVA" },
	{ CAPABILITY_SC, "snoop control stays unused" },
	{ CAPABILITY_PT, "no pass-through: one-to-one tables instead" },
	{ CAPABILITY_IR, "no interrupt remapping" },
	{ CAPABILITY_EIM, "no extended interrupt mode: no APIC id above 255" },
	{ CAPABILITY_IRREQ, "interrupt remapping is required by some units" },
	{ CAPABILITY_EIMER, "extended interrupt mode is required by some units" },
	{ CAPABILITY_ESRTPS, "a change of mode stops translation on those without" },
	{ CAPABILITY_ADMS, "no abort-DMA mode for the whole platform" },
	{ CAPABILITY_RWBF, "some units want their write buffer flushed" },
	{ CAPABILITY_SAGAW39, "an address space behind all of them has not 3 levels" },
	{ CAPABILITY_SAGAW48, "an address space behind all of them has not 4 levels" },
	{ CAPABILITY_SAGAW57, "an address space behind all of them has not 5 levels" },
	{ CAPABILITY_SSLPS2M, "no 2 MiB pages" },
	{ CAPABILITY_SSLPS1G, "no 1 GiB pages" },
	{ CAPABILITY_PSI, "those without lose the whole domain at every invalidation" },
	{ CAPABILITY_DT, "device TLBs only behind those that have it" },
	{ CAPABILITY_PRS, "page requests only behind those that have it" },
	{ CAPABILITY_NEST, "no nested translation for the whole platform" },
	{ CAPABILITY_FSTS, "those without translate through a second stage; no SVA" },
};

/* Interrupts are a matter of every unit, all else of those that translate. */
static bool counts(const struct bringup_plan *plan, unsigned int unit, unsigned int which)
{
	const uint64_t interrupts = NEED(IR) | NEED(EIM) | NEED(IRREQ) | NEED(EIMER);

	if ((which < CAPABILITY_COUNT && interrupts >> which & 1) || plan->refusal.reason ||
	    unit >= plan->unit_count)
		return true;
	return bringup_unit_translates(plan, unit);
}

static unsigned int count_holders(const struct bringup_plan *plan, enum capability which,
				  bool wanted)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < platform.unit_count; i++)
		count += counts(plan, i, which) &&
			 caps_has(&platform.units[i].caps, which) == wanted;
	return count;
}

static void print_holders(const struct bringup_plan *plan, enum capability which, bool wanted)
{
	const char *separator = "";

	for (unsigned int i = 0; i < platform.unit_count; i++) {
		if (!counts(plan, i, which) || caps_has(&platform.units[i].caps, which) != wanted)
			continue;
		print("%s%u", separator, i);
		separator = ",";
	}
}

static void print_difference(const struct bringup_plan *plan, enum capability which,
			     const char *then)
{
	if (!count_holders(plan, which, true) || !count_holders(plan, which, false))
		return;
	print("# platform: units differ in %s (bit %u, %s): set in ", caps_name(which),
	      caps_bit(which), caps_meaning(which));
	print_holders(plan, which, true);
	print(", clear in ");
	print_holders(plan, which, false);
	print("; so: %s\n", then);
}

/* Numbers of which the smallest counts for all. */
static void print_smallest(const struct bringup_plan *plan, const char *what,
			   unsigned int (*of)(const struct caps *caps))
{
	unsigned int least = ~0u, most = 0, where = 0;

	for (unsigned int i = 0; i < platform.unit_count; i++) {
		unsigned int value = of(&platform.units[i].caps);

		if (!counts(plan, i, CAPABILITY_COUNT))
			continue;
		if (value < least) {
			least = value;
			where = i;
		}
		most = value > most ? value : most;
	}
	if (least < most)
		print("# platform: units differ in %s: from %u (unit %u) to %u; so: %u for all\n",
		      what, least, where, most, least);
}

static unsigned int domain_count(const struct caps *caps)
{
	return caps_domain_count(caps);
}

void platform_verdict_print(const struct bringup_plan *plan)
{
	char text[400];

	bringup_plan_describe(plan, text, sizeof(text));
	print("# platform: plan of an operating system: %s\n", text);
	for (unsigned int i = 0; !plan->refusal.reason && i < plan->unit_count; i++)
		if (bringup_plan_describe_unit(plan, i, text, sizeof(text)))
			print("# platform: %s\n", text);
	for (unsigned int i = 0; i < sizeof(consequences) / sizeof(consequences[0]); i++)
		print_difference(plan, consequences[i].which, consequences[i].then);
	print_smallest(plan, "second-stage address bits", caps_second_stage_bits);
	print_smallest(plan, "PASID bits", caps_pasid_bits);
	print_smallest(plan, "domains", domain_count);
	if (platform.absent_count)
		print("# platform: %u units of the DMAR table do not answer: DMA of the devices "
		      "behind them is not remapped (%s)\n",
		      platform.absent_count, platform.absent);
	if (platform.refused_count)
		print("# platform: %u units of the DMAR table are where none can be: DMA of the "
		      "devices "
		      "behind them is not remapped (%s)\n",
		      platform.refused_count, platform.refused);
}
