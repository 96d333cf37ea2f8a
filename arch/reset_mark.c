/* SPDX-License-Identifier: MIT */
#include "arch/reset_mark.h"

#include <stdint.h>

#include "arch/cpu.h"

#define CLOCK_INDEX 0x70
#define CLOCK_DATA  0x71

enum {
	SECONDS_ALARM = 0x01,
	MINUTES_ALARM = 0x03,
	HOURS_ALARM = 0x05,
	STATUS_B = 0x0b,
	STATUS_D = 0x0d,
};

#define ALARM_ON  0x20 /* of STATUS_B */
#define POWER_OK  0x80 /* of STATUS_D; its other bits are 0 */
#define ANY_TIME  0xff /* of an alarm: any from C0h on */
#define MARK_BASE 0xc0

static const uint8_t places[] = { SECONDS_ALARM, MINUTES_ALARM, HOURS_ALARM };

/* One value of each alarm register; all of them mean "at any time". */
static const uint8_t mark[] = { MARK_BASE | 0x17, MARK_BASE | 0x2a, MARK_BASE | 0x05 };

static uint8_t read_clock(uint8_t place)
{
	cpu_out8(CLOCK_INDEX, place);
	return cpu_in8(CLOCK_DATA);
}

static void write_clock(uint8_t place, uint8_t value)
{
	cpu_out8(CLOCK_INDEX, place);
	cpu_out8(CLOCK_DATA, value);
}

static bool is_usable(void)
{
	return (read_clock(STATUS_D) & ~0x3fu) == POWER_OK && !(read_clock(STATUS_B) & ALARM_ON);
}

bool reset_mark_set(void)
{
	if (!is_usable())
		return false;
	for (unsigned i = 0; i < sizeof(places); i++)
		write_clock(places[i], mark[i]);
	return true;
}

bool reset_mark_take(void)
{
	if (!is_usable())
		return false;
	for (unsigned i = 0; i < sizeof(places); i++)
		if (read_clock(places[i]) != mark[i])
			return false;
	for (unsigned i = 0; i < sizeof(places); i++)
		write_clock(places[i], ANY_TIME);
	return true;
}
