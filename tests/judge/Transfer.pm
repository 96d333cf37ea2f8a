# SPDX-License-Identifier: MIT
# Data that a device moved through its unit, under somebody else's driver: what tests/guest/transfer.c says came of each
# step, beside what the server saw of it. Where both agree the tables, the walk and the data do; else somebody is wrong.
package Transfer;
use strict;
use warnings;

# Steps of the program, in order: what is due, and whether it follows an unmap.
my @steps = (
	['read', 'arrived'], ['write', 'arrived'], ['read-beside', 'blocked'], ['read-unmapped', 'blocked'], ['write-unmapped', 'blocked'],
	['read-again', 'arrived'], ['write-again', 'arrived'],
);
my $first_unmapped = 3;

# What the guest says, by device: {steps => [{step, address, bytes, result}], skipped, is_whole}.
sub read_lines {
	my %devices;
	for (@_) {
		/^driver: transfer (\S+) (.+)/ or next;
		my ($device, $rest) = ($devices{$1} //= { steps => [] }, $2);
		if ($rest eq 'done') { $device->{is_whole} = 1 }
		elsif ($rest =~ /^skipped (.*)/) { $device->{skipped} = $1 }
		elsif ($rest =~ /^(\S+) ([0-9a-f]+) (\d+) (.+)/) { push @{ $device->{steps} }, { step => $1, address => $2, bytes => $3, result => $4 } }
	}
	return \%devices;
}

# Faults that the kernel wrote of, [{device, kind, page}].
sub read_told {
	return [map { /\[DMA (Read|Write)[^\]]*\] Request device \[(?:0000:)?([0-9a-f:.]+)\].* fault addr (?:0x)?0*([0-9a-f]+)/ ? { device => $2, kind => lc $1, page => $3 } : () } @_];
}

# A request of the server's report, from what follows its unit; undef if it is none.
sub read_request {
	my ($text) = @_;
	$text =~ /^request (read|write) ([0-9a-f]+) (\d+) (passed|blocked) faults (\d+) invalidations (\d+)$/ or return undef;
	return { kind => $1, address => $2, bytes => $3, outcome => $4, faults => $5, invalidations => $6 };
}

# Faults of accesses that were to be blocked, among all that a unit recorded.
sub wanted_faults {
	my @requests = @_;
	my $sum = 0;
	$sum += $requests[$_]{faults} for grep { $steps[$_][1] eq 'blocked' && $_ < @requests } 0 .. $#steps;
	return $sum;
}

# Why it says nothing that all was blocked; undef if it says something.
sub dead {
	my ($told) = @_;
	return (grep { $_->{result} eq 'arrived' } @{ $told->{steps} }) ? undef : 'what was mapped is blocked, too';
}

# Why nothing can be said of this unit's device; undef if something can.
sub skip_of {
	my ($device, $told) = @_;
	return 'its unit has no device' if !defined $device;
	return 'the first file system says nothing of a transfer by ' . $device if !$told;
	return $told->{skipped} if defined $told->{skipped} && !@{ $told->{steps} };
	return undef;
}

# What does not fit between the program's steps and the server's requests; undef if all does.
sub contradiction {
	my ($told, @requests) = @_;
	my @named = map { $_->{step} } @{ $told->{steps} };
	return "the program stopped after (@named)" . (defined $told->{skipped} ? ": $told->{skipped}" : '')
		if !$told->{is_whole} || "@named" ne join ' ', map { $_->[0] } @steps;
	my @sent = map { ($_->{step} =~ /^([a-z]+)/)[0] . " $_->{address} $_->{bytes}" } @{ $told->{steps} };
	my @seen = map { "$_->{kind} $_->{address} $_->{bytes}" } @requests;
	return undef if "@sent" eq "@seen";
	return 'the program sent (' . join(', ', @sent) . '), the server saw (' . join(', ', @seen) . ')';
}

sub by_page { my ($address) = @_; return $address =~ s/...$/000/r }

# Was this address in what the unit was told to forget? 0 bytes are all there is; what is not kept may have been.
sub is_in {
	my ($address, $range) = @_;
	no warnings 'portable'; # more than 32 bits
	return 1 if !$range || $range->{bytes} eq '0';
	my ($at, $from) = (hex $address, hex $range->{address});
	return $at >= $from && $at - $from < hex $range->{bytes};
}

# Is it the driver's fault if the unit remembers what had been unmapped? How so; undef if it had the unit forget, or had not to.
sub drivers_fault {
	my ($nth, $unit) = @_;
	my @requests = @{ $unit->{transfers} };
	return undef if $nth < $first_unmapped;
	my @told = map { $unit->{forgets}{$_} } $requests[$first_unmapped - 1]{invalidations} + 1 .. $requests[$nth]{invalidations};
	return undef if grep { is_in($requests[$nth]{address}, $_) } @told;
	return 'the driver told the unit to forget nothing after it was unmapped' if !@told;
	return 'the driver told the unit to forget other pages only: ' . join ', ', map { "$_->{bytes} bytes at $_->{address}" } @told;
}

# What is wrong with step $nth, in words; undef if nothing is.
sub flaw_of {
	my ($nth, $told, $unit) = @_;
	my ($due, $step, $request) = ($steps[$nth][1], $told->{steps}[$nth], $unit->{transfers}[$nth]);
	my $passed = $due eq 'arrived' ? 'passed' : 'blocked';
	my $what = "$step->{step} at $step->{address}: $step->{result}";
	my $blame = drivers_fault($nth, $unit);
	if ($step->{result} ne $due || $request->{outcome} ne $passed) {
		$what .= ", not $due; the unit $request->{outcome} it";
		return "$what with $request->{faults} faults" . ($step->{result} eq 'other data' && defined $blame ? ": $blame" : '') if $due eq 'arrived';
		return $what . ($nth < $first_unmapped ? '' : defined $blame ? ": $blame" : ', though it was told to forget it');
	}
	return undef if $due eq 'arrived';
	return "$what without a fault" if !$request->{faults};
	return defined $blame ? "$what by luck: $blame" : undef;
}

sub flaws_of {
	my ($due, $told, $unit) = @_;
	return grep { defined } map { flaw_of($_, $told, $unit) } grep { $steps[$_][1] eq $due } 0 .. $#steps;
}

# Blocked requests that the kernel wrote nothing of.
sub untold {
	my ($device, $faults, @requests) = @_;
	return grep {
		my $request = $_;
		!grep { $_->{device} eq $device && $_->{kind} eq $request->{kind} && $_->{page} eq by_page($request->{address}) } @$faults;
	} grep { $_->{outcome} eq 'blocked' } @requests;
}

# Results as Driver's: [is_ok, id, unit, detail, why it was skipped].
sub results_of {
	my ($n, $unit, $guest, $all) = @_;
	my $device = $unit->{device};
	my ($told, @requests) = ($guest->{transfers}{ $device // '' }, @{ $unit->{transfers} // [] });
	my @ids = qw(driver.dma driver.dma-unmapped driver.fault-told);
	my $skip = skip_of($device, $told);
	return map { [1, $_, $n, '', $skip] } @ids if defined $skip;
	my $contradiction = contradiction($told, @requests);
	return (map { [0, $_, $n, $contradiction] } @ids[0, 1]), [1, $ids[2], $n, '', $contradiction] if defined $contradiction;
	my @lost = flaws_of('arrived', $told, $unit);
	my @leaked = flaws_of('blocked', $told, $unit);
	return [!@lost, $ids[0], $n, join '; ', @lost], [!@leaked, $ids[1], $n, join('; ', @leaked), @leaked ? undef : dead($told)],
		told_result($ids[2], $n, $unit, $guest, $all, @requests);
}

sub told_result {
	my ($id, $n, $unit, $guest, $all, @requests) = @_;
	my @untold = untold($unit->{device}, $guest->{told}, @requests);
	return [1, $id, $n, '', 'over this transport no message of a unit reaches the guest'] if $all->{'by-hand'};
	return [1, $id, $n, '', 'the kernel suppressed some of what it had to say of faults'] if @untold && $guest->{suppressed};
	return [1, $id, $n, '', "the unit had no record left for $unit->{lost} faults: the kernel was slower than they came"]
		if @untold && @untold <= $unit->{lost};
	return [!@untold, $id, $n, 'the kernel wrote nothing of ' . join ', ', map { "the $_->{kind} at $_->{address}" } @untold];
}

# The worst that came of the data, as a word of docs/MIXED.md and a sentence; nothing if all is well.
sub outcome {
	my ($guest, @units) = @_;
	my %found;
	for my $n (0 .. $#units) {
		my ($told, @requests) = ($guest->{transfers}{ $units[$n]{device} // '' }, @{ $units[$n]{transfers} // [] });
		next if !$told || contradiction($told, @requests);
		for my $nth (0 .. $#steps) {
			my $step = $told->{steps}[$nth];
			next if $step->{result} eq $steps[$nth][1];
			my $word = $steps[$nth][1] eq 'blocked' ? 'LEAKED' : $step->{result} eq 'refused' ? 'BLOCKED' : 'MISDIRECTED';
			$found{$word} //= "unit $n, device $units[$n]{device}, " . flaw_of($nth, $told, $units[$n]);
		}
	}
	my ($word) = grep { $found{$_} } qw(LEAKED MISDIRECTED BLOCKED);
	return defined $word ? ($word, $found{$word}) : ();
}

1;
