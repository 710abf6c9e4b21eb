package buildcontext

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
)

// golden are the contents that the first version of this program computed, which walked the folder by rules of its own.
// Images in use have them as labels.
var golden = map[string]string{
	"Dockerfile in a folder":          "sha256:ec323dbc56561a4dbd54e99865ae92faa6cf627c8704e95669a856054683ac93",
	"Dockerfile in an ignored folder": "sha256:339b06eb0e93fbcc5d9e85ca3c1b40cc3c33bfcd035ee6721589db881d5b92aa",
	"Dockerfile is a link":            "sha256:098f6ab74fe8f9f46c657b84603e4e47dbc5272ece3374e3d852c52686a1fec0",
	"all but some":                    "sha256:0a698a86a216fe5f739c3967eabf84ec8ff36420cb82330014eb70be443dfb9a",
	"build files ignored":             "sha256:16f47de1fc262150afa9bad7bb9a8c86ea187867f9b55aff388942270d869720",
	"empty files":                     "sha256:c9043e9970a5f9f5d62e01516565390d2c1ff1ae6b21ad918891838b8b6ca9ce",
	"empty folders":                   "sha256:939a26e15fe611feb1f328bbef05d4d8901fc8f3f424840e55ac2b1119cbc894",
	"everything ignored":              "sha256:72e303972405d8579c1894914e71d97e7b19f2195880575056a2a3f48f711d2f",
	"exception for any folder":        "sha256:c5ccbc78823a3cd86f55d153d5ad7b83fa8a5efdf58d20822a9f8ad1a184ce69",
	"exception in an ignored folder":  "sha256:f3b1270fc5121cc77d4933ac4fd0470e66565c2a44a9c655d814171ca01244d9",
	"exception then ignored again":    "sha256:60cb05ac7fb809ed1eabd78a00710479c52031c376ec469df44b8a33af25256b",
	"hard link of a symbolic link":    "sha256:b83b225898ca4be902affe5535880e5d292b491829dd8eed4f7fe651cd1ce77c",
	"hard links":                      "sha256:2625a7cb6fd624b14d05520d30b62cfc01bcca0cf1d1fe741da39781461f8892",
	"ignore file":                     "sha256:c9daa7fa67e6861ecbcb3793481697e78192657c590a676d5fc421e2ffe53c55",
	"ignored names":                   "sha256:af3675d09857e238acd5cbcac1443ce43e8898e2ce24e3b91e1cd6d5ac27a2a6",
	"links to the ignore file":        "sha256:a143c03d9b0585156e66b4e8b5860f6f32b433d8ce362e455bdc3403fcff0f8b",
	"names":                           "sha256:1a6d1e77c88ae97b5e8cdb971563a78a14638438aefecc9953f22279771a6967",
	"order":                           "sha256:2411bf05997b1710cdb7fde7029e87bd0296bc7c312a72e9e8cf0f7863d1c8d5",
	"own ignore file":                 "sha256:d3c5ea3ab26bb21371826c8437324a29dd24d5c81555611e70cb43093ba5db36",
	"own ignore file in a folder":     "sha256:99e287f18931b381420d22b6086a6369bdc7065c6ce558d447a777f57d75a913",
	"plain":                           "sha256:8ad5a8c8f287eba839a03d2f8ef93a225e1afc7f83dcdd83be9b78d611d21c09",
	"symbolic links":                  "sha256:b6ef50657e4dadd56da7f0675f8ce3661a5b0a59cbfa6c32d67c9283f98c919c",
}

// otherwise are the contexts that the first version read otherwise than Docker does, with the reason.
var otherwise = map[string]string{
	"Dockerfile in a linked folder":           "the Dockerfile was not found",
	"Dockerfile is a link to what is ignored": "the Dockerfile itself did not count",
	"exception for a folder":                  "what an exception names only by the folder it is in stays ignored",
	"exception for any folder, installed":     "an ignored folder is not looked into for an exception that does not begin with its name",
	"git":                                     "each fetch was another content",
	"links to an own ignore file":             "what it links to was missing in the copy",
	"names that are not UTF-8":                "they were an error",
	"own ignore file, ignored":                "Docker sends .dockerignore whatever names it",
	"pipe":                                    "it was an error",
	"socket":                                  "it was an error",
}

func TestList_HasTheContentsOfTheImagesInUse(t *testing.T) {
	assert.ElementsMatch(t, slices.Collect(maps.Keys(trees.Contexts())), slices.AppendSeq(slices.Collect(maps.Keys(golden)), maps.Keys(otherwise)))
	for name, tree := range trees.Contexts() {
		t.Run(name, func(t *testing.T) {
			list, err := Context{Folder: tree.In(t), Dockerfile: tree.Dockerfile}.List()
			require.NoError(t, err)
			if otherwise[name] == "" {
				assert.Equal(t, golden[name], list.Content)
			}
			assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, list.Content)
			assert.True(t, slices.IsSortedFunc(list.Entries, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) }))
		})
	}
}

// Each pair is two contexts that a builder could tell apart.
func TestList_TellsContextsApart(t *testing.T) {
	seen := map[string]string{}
	for name, tree := range trees.Contexts() {
		list, err := Context{Folder: tree.In(t), Dockerfile: tree.Dockerfile}.List()
		require.NoError(t, err)
		if name == "exception for any folder, installed" || name == "socket" || name == "git" {
			continue // they are the content of another one
		}
		assert.Empty(t, seen[list.Content], name)
		seen[list.Content] = name
	}
}

func TestList_IsTheSameBeforeAndAfterTheInstall(t *testing.T) {
	before, after := trees.Contexts()["exception for any folder"], trees.Contexts()["exception for any folder, installed"]
	folder := before.In(t)
	one, err := Context{Folder: folder, Dockerfile: "Dockerfile"}.List()
	require.NoError(t, err)
	after.Write(t, folder)
	other, err := Context{Folder: folder, Dockerfile: "Dockerfile"}.List()
	require.NoError(t, err)
	assert.Equal(t, one, other)
	var names []string
	for _, entry := range other.Entries {
		names = append(names, entry.Name)
	}
	assert.Equal(t, []string{
		".dockerignore", "Dockerfile", "LICENSE.md", "lib/LICENSE.md", "lib/a.js", "lib/b/c.js", "lib/other.md", "package.json", "server",
	}, names)
}
