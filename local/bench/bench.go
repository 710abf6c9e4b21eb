package bench

import "github.com/flowcomply/infrastructure/local/toolchain"

const providerVersion = toolchain.TerraformVersion
