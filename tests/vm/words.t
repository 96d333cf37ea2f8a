#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Words that the kernel does not know end the run before anything is touched.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub refused {
	my ($words, @texts) = @_;
	subtest "@$words" => sub {
		my $run = boot(words => $words);
		ends_with($run, 2);
		says($run, $_) for @texts;
		is(scalar @{ $run->{results} }, 0, 'nothing was tested');
	};
}

refused(['verbose', 'frobnicate'], 'frobnicate', 'tests=GLOB', 'verbose');
refused(['tests=dmar.*', 'Verbose'], 'Verbose', 'verbose');
refused(['tests='], 'tests=');
refused(['tests=dmar.*,nosuch.*'], 'nosuch.*');
refused(['skip=nosuch'], 'nosuch');
refused(['units=some'], 'units=some', 'real, model or all');
refused(['vcmd=4.0'], 'vcmd=4.0', 'auto, draft or 3.3');
refused(['seed=12x'], 'seed=12x');
refused(['save'], 'save: only UEFI can be told to write a file');
refused(['known=qemu-next'], 'qemu-next', 'qemu-7.2');

subtest 'save reset' => sub {
	my $run = boot(options => ['--boot', 'efi'], words => ['save', 'reset', 'tests=dmar.*']);
	ends_with($run, 2);
	says($run, 'save has the machine reset at the end: not with reset');
};

for my $word ('chek', 'sm.lower-half', 'Verbose') {
	my $run = boot(words => [$word]);
	ends_with($run, 2, "run.sh: unknown word $word (see --help; tests are chosen by tests=NAME)");
	is($run->{log}, '', 'nothing was booted');
}

subtest 'everything is skipped by name' => sub {
	my $run = boot(words => ['tests=dmar.*', 'skip=*']);
	ends_with($run, 3);
};

subtest 'a word given twice: the last one counts' => sub {
	my $run = boot(words => ['tests=nosuch', 'tests=dmar.checksum']);
	ends_with($run, 0, 'PASS');
	is_deeply([ids($run)], ['ok dmar.checksum []'], 'one result');
};

# Words of exactly so many characters, the last of which is a long one that is cut before it says what it must.
my $most = 4095;
sub words_of_length {
	my ($length) = @_;
	my @words = ('known=none', 'verbose');
	return (@words, 'tests=' . ',' x ($length - length("@words tests=dmar.checksum")) . 'dmar.checksum');
}

# How many more is tried: QEMU's own start code of PVH crashes from 33 on, GRUB takes no word of more than 8 KiB.
my %more = (pvh => 30, iso => 2000, efi => 9000);
for my $route ('pvh', 'iso', 'efi') {
	subtest "as many words as can be: $route" => sub {
		my $run = boot(options => ['--boot', $route], words => [words_of_length($most)]);
		ends_with($run, 0, 'PASS');
		is_deeply([ids($run)], ['ok dmar.checksum []'], 'one result');
	};
	subtest "one character more: $route" => sub {
		my $run = boot(options => ['--boot', $route], words => [words_of_length($most + 1)]);
		ends_with($run, 2, "--boot $route: the words have 4096 characters, 4095 are allowed");
		is($run->{log}, '', 'nothing was booted');
		for my $more (1, $more{$route}) {
			$run = boot(options => ['--boot', $route], env => {
				QEMU => "$FindBin::Bin/more-words-qemu", WORDS => join ' ', words_of_length($most + $more) });
			ends_with($run, 2, qr/the command line(?:, with vtdcheck.txt,)? has @{[ $most + $more ]} characters, 4095 are/);
			is(scalar @{ $run->{results} }, 0, 'nothing was tested');
		}
	};
}

subtest 'words that are cut are not called unknown' => sub {
	my $run = boot(env => { QEMU => "$FindBin::Bin/more-words-qemu", WORDS => 'verbose ' x 512 . 'units=model' });
	ends_with($run, 2, 'the command line has 4107 characters');
	unlike($run->{log}, qr/unknown/, 'no word is unknown');
};

subtest 'a text file that is too long' => sub {
	my $run = boot(words => ['tests=dmar.checksum'], qemu => ['-initrd', scratch_file('module', "# comment\n" x 3277)]);
	ends_with($run, 2, 'vtdcheck.txt, the boot module, is longer than 32767 bytes');
	is(scalar @{ $run->{results} }, 0, 'nothing was tested');
};

# As Notepad and others write it.
my %encodings = (
	'UTF-8 with a mark' => sub { "\xef\xbb\xbf$_[0]" },
	'UTF-16, low byte first' => sub { "\xff\xfe" . pack 'v*', unpack 'C*', $_[0] },
	'UTF-16, high byte first' => sub { "\xfe\xff" . pack 'n*', unpack 'C*', $_[0] },
);
for my $name (sort keys %encodings) {
	my $file = scratch_file('module', $encodings{$name}->("tests=dmar.checksum\r\n# tests=nosuch\r\n"));
	subtest "a text file in $name" => sub {
		my $run = boot(qemu => ['-initrd', $file]);
		ends_with($run, 0, 'PASS');
		is_deeply([ids($run)], ['ok dmar.checksum []'], 'its words are read');
	};
	subtest "too long in $name" => sub {
		my $long = scratch_file('module', $encodings{$name}->("# comment\n" x 3277));
		ends_with(boot(qemu => ['-initrd', $long]), 2, 'vtdcheck.txt, the boot module, is longer');
	};
}

done_testing();
