package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

var options = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipNulls: true}

// Read turns a message's properties into values, secrets and unknowns kept.
func Read(properties *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(properties, options)
}

// Write is the inverse of Read.
func Write(properties resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(properties, options)
}

// Decode fills a struct with json tags from the properties that are known. A field of the wrong type is an error; one
// that the struct lacks is ignored, because state also holds outputs.
func Decode(properties resource.PropertyMap, into any) error {
	text, err := json.Marshal(known(resource.NewObjectProperty(properties)))
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(into); err != nil {
		mismatch := &json.UnmarshalTypeError{}
		if errors.As(err, &mismatch) {
			return fmt.Errorf("%s: is a %s; a %s is needed", mismatch.Field, mismatch.Value, mismatch.Type)
		}
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("properties: more than one value")
	}
	return nil
}

// known is the plain value, without what a preview cannot know. Assets are no plain values and are left out too.
func known(v resource.PropertyValue) any {
	switch {
	case v.IsSecret():
		return known(v.SecretValue().Element)
	case v.IsOutput():
		if !v.OutputValue().Known {
			return nil
		}
		return known(v.OutputValue().Element)
	case v.IsArray():
		list := make([]any, 0, len(v.ArrayValue()))
		for _, element := range v.ArrayValue() {
			list = append(list, known(element))
		}
		return list
	case v.IsObject():
		object := map[string]any{}
		for key, element := range v.ObjectValue() {
			if value := known(element); value != nil {
				object[string(key)] = value
			}
		}
		return object
	case v.IsString(), v.IsBool(), v.IsNumber():
		return v.V
	}
	return nil
}

// Bare is the value with every secret's wrapper taken off, for comparisons: becoming secret is not a change.
func Bare(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		return Bare(v.SecretValue().Element)
	case v.IsArray():
		list := make([]resource.PropertyValue, 0, len(v.ArrayValue()))
		for _, element := range v.ArrayValue() {
			list = append(list, Bare(element))
		}
		return resource.NewArrayProperty(list)
	case v.IsObject():
		object := resource.PropertyMap{}
		for key, element := range v.ObjectValue() {
			object[key] = Bare(element)
		}
		return resource.NewObjectProperty(object)
	}
	return v
}

// Diff compares inputs property by property; a property that is in replace replaces the resource.
func Diff(olds, news resource.PropertyMap, replace ...resource.PropertyKey) *pulumirpc.DiffResponse {
	must := map[resource.PropertyKey]bool{}
	for _, key := range replace {
		must[key] = true
	}
	answer := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true, DetailedDiff: map[string]*pulumirpc.PropertyDiff{},
	}
	changed := Bare(resource.NewObjectProperty(olds)).ObjectValue().
		Diff(Bare(resource.NewObjectProperty(news)).ObjectValue())
	if changed == nil {
		return answer
	}
	for _, key := range changed.ChangedKeys() {
		answer.Changes = pulumirpc.DiffResponse_DIFF_SOME
		answer.Diffs = append(answer.Diffs, string(key))
		if must[key] {
			answer.Replaces = append(answer.Replaces, string(key))
		}
		answer.DetailedDiff[string(key)] = &pulumirpc.PropertyDiff{Kind: kind(changed, key, must[key]), InputDiff: true}
	}
	return answer
}

func kind(d *resource.ObjectDiff, key resource.PropertyKey, replace bool) pulumirpc.PropertyDiff_Kind {
	pick := func(update, replaced pulumirpc.PropertyDiff_Kind) pulumirpc.PropertyDiff_Kind {
		if replace {
			return replaced
		}
		return update
	}
	switch {
	case d.Added(key):
		return pick(pulumirpc.PropertyDiff_ADD, pulumirpc.PropertyDiff_ADD_REPLACE)
	case d.Deleted(key):
		return pick(pulumirpc.PropertyDiff_DELETE, pulumirpc.PropertyDiff_DELETE_REPLACE)
	}
	return pick(pulumirpc.PropertyDiff_UPDATE, pulumirpc.PropertyDiff_UPDATE_REPLACE)
}
