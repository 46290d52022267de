{
  'targets': [
    {
      'target_name': 'trunkline',
      'sources': ['<!@(ls rtp/*.cc codec/*.cc dsp/*.cc vad/*.cc engine/*.cc binding/*.cc)'],
      'include_dirs': ['../node_modules/@discordjs/opus/deps/opus/include'],
      'libraries': ['<(module_root_dir)/../build/libopus/libopus.a'],
      'defines': ['NAPI_VERSION=9'],
      'cflags!': ['-O2', '-g'],
      'cflags': ['-O3', '-fvisibility=hidden', '-Wall', '-Wextra', '-Wno-missing-field-initializers'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fexceptions'],
      'cflags_cc': ['-std=c++20', '-fno-exceptions', '-fno-rtti'],
      'ldflags': ['-pthread'],
    },
  ],
}
