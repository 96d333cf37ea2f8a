/* SPDX-License-Identifier: MIT */
#include "tests/engine/screen/farewell.h"

#include "arch/exit.h"
#include "arch/framebuffer.h"
#include "arch/keyboard.h"
#include "arch/log.h"
#include "arch/reset.h"
#include "tests/engine/screen/last_page.h"
#include "tests/engine/screen/pager.h"

static const struct options *words;
static bool can_save;

/* Where no program would end the machine, it stays as it is, for those without a keyboard that we could ask. */
static const char *keys_of_last_page(void)
{
	const bool is_short = exit_patience_us();

	if (words->page)
		return is_short ? "Page Up/Down, Home, End: the log. Off in 60 seconds, or now at "
				  "another key."
				: "Page Up/Down, Home, End: the log. Any other key switches the "
				  "machine off.";
	return is_short ? "Off in 60 seconds, or now at a key."
			: "A key switches the machine off. The word page in vtdcheck.txt shows the "
			  "log here.";
}

static void say_farewell(enum exit_code code)
{
	enum key key;

	if (words->save && can_save) {
		log_seal();
		machine_reset(); /* comes back if it cannot */
	}
	if (!framebuffer_rows())
		return;
	keyboard_open();
	last_page_draw(code, keys_of_last_page());
	key = keyboard_wait(exit_patience_us());
	if (words->page && key != KEY_OTHER)
		pager_walk(key);
}

void farewell_prepare(const struct boot_info *boot, const struct options *options)
{
	words = options;
	can_save = !boot->save_obstacle;
	exit_set_farewell(say_farewell);
}
